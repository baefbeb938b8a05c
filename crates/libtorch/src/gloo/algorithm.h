// LibTorch's header of `ProcessGroupGloo` includes headers of Gloo, which LibTorch contains but whose headers it does not
// ship. The files in this folder declare what that header names. The project's code never makes or reads an object of these
// classes: it only passes pointers to them from one function of LibTorch to another. So no layout depends on them.

#pragma once
