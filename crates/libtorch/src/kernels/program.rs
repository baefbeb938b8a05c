//! Compiles `kernels.cu` for a GPU and a width, and launches its functions.
//!
//! CUDA's compiler and driver are called through a library of LibTorch that has the symbols of both. The program does
//! not link to CUDA, so it runs on machines with and without CUDA.
#![expect(unsafe_code, reason = "calls the CUDA driver")]

use std::ffi::{CStr, CString, c_char, c_int, c_uint, c_void};
use std::ptr::{null, null_mut};

use libloading::{Library, Symbol};

use super::site::Site;

/// Values of `CUdevice_attribute`.
const N_PROCESSORS: c_int = 16;
const COMPUTE_MAJOR: c_int = 75;
const COMPUTE_MINOR: c_int = 76;
/// The lowest major compute capability that has an instruction for rounding to bf16.
const OLDEST: c_int = 8;

/// A compiled program, loaded on a GPU.
pub(super) struct Program {
    driver: Library,
    module: Address,
    /// The number of multiprocessors of the GPU.
    n_processors: c_int,
}

/// An address from the driver, valid on every thread.
#[derive(Clone, Copy)]
struct Address(*mut c_void);

// SAFETY: modules and functions belong to the device's context, not to a thread.
unsafe impl Send for Address {}
unsafe impl Sync for Address {}

/// A function of a program.
#[derive(Clone, Copy)]
pub(super) struct Function {
    address: Address,
    /// Threads per block.
    n_threads: u32,
    /// The number of blocks that fill the GPU.
    pub(super) n_blocks: u32,
}

/// An argument of a function.
#[derive(Clone, Copy)]
pub(super) enum Argument {
    Address(u64),
    Int(i32),
    Long(u64),
    Float(f32),
    Site(Site),
}

impl Program {
    /// Compiles a program for a GPU and loads it. The error says what is missing.
    pub(super) fn compile(source: &str, gpu: usize, width: usize) -> Result<Self, String> {
        // SAFETY: this library belongs to LibTorch, and runs no code when it is loaded.
        let driver = unsafe { Library::new("libcaffe2_nvrtc.so") }
            .map_err(|error| format!("CUDA's compiler was not found: {error}"))?;
        let mut device = 0;
        // SAFETY: the signature is that of the driver's documentation.
        let get: Symbol<'_, unsafe extern "C" fn(*mut c_int, c_int) -> c_int> =
            unsafe { symbol(&driver, c"cuDeviceGet") }?;
        // SAFETY: it writes one number.
        succeeds("cuDeviceGet", unsafe { get(&raw mut device, gpu as c_int) })?;
        let attribute = |which| attribute(&driver, which, device);
        let (major, minor) = (attribute(COMPUTE_MAJOR)?, attribute(COMPUTE_MINOR)?);
        if major < OLDEST {
            return Err(format!(
                "the GPU has compute capability {major}.{minor}, expected 8.0 or later"
            ));
        }
        let binary = binary(&driver, source, &format!("sm_{major}{minor}"), width)?;
        let mut module = null_mut();
        // SAFETY: the signature is that of the driver's documentation.
        let load: Symbol<'_, unsafe extern "C" fn(*mut *mut c_void, *const c_void) -> c_int> =
            unsafe { symbol(&driver, c"cuModuleLoadData") }?;
        // SAFETY: `binary` is a whole image from CUDA's compiler, and LibTorch has made the context of the device current.
        succeeds("cuModuleLoadData", unsafe {
            load(&raw mut module, binary.as_ptr().cast())
        })?;
        Ok(Self {
            module: Address(module),
            n_processors: attribute(N_PROCESSORS)?,
            driver,
        })
    }

    /// Finds a function by its name. `n_threads` is the number of threads per block that it will be launched with.
    pub(super) fn function(&self, name: &CStr, n_threads: u32) -> Result<Function, String> {
        type Get = unsafe extern "C" fn(*mut *mut c_void, *mut c_void, *const c_char) -> c_int;
        type Count = unsafe extern "C" fn(*mut c_int, *mut c_void, c_int, usize) -> c_int;
        let (mut address, mut n_resident) = (null_mut(), 0);
        // SAFETY: the signatures are those of the driver's documentation.
        let (get, count) = unsafe {
            let count = c"cuOccupancyMaxActiveBlocksPerMultiprocessor";
            let get = symbol::<Get>(&self.driver, c"cuModuleGetFunction")?;
            (get, symbol::<Count>(&self.driver, count)?)
        };
        // SAFETY: the module is loaded, the name ends with a zero, and each call writes one value.
        unsafe {
            succeeds(
                "cuModuleGetFunction",
                get(&raw mut address, self.module.0, name.as_ptr()),
            )?;
            let n_threads = n_threads as c_int;
            succeeds(
                "cuOccupancy…",
                count(&raw mut n_resident, address, n_threads, 0),
            )?;
        }
        Ok(Function {
            address: Address(address),
            n_threads,
            n_blocks: (self.n_processors * n_resident).max(1) as u32,
        })
    }

    /// Queues a function on LibTorch's default stream, after the work that is already queued.
    pub(super) fn launch(&self, function: Function, blocks: [usize; 2], arguments: &[Argument]) {
        type Launch = unsafe extern "C" fn(
            *mut c_void,
            c_uint,
            c_uint,
            c_uint,
            c_uint,
            c_uint,
            c_uint,
            c_uint,
            *mut c_void,
            *mut *mut c_void,
            *mut *mut c_void,
        ) -> c_int;
        let mut pointers: Vec<*mut c_void> = arguments.iter().map(Argument::pointer).collect();
        // SAFETY: the signature is that of the driver's documentation.
        let launch = unsafe { symbol::<Launch>(&self.driver, c"cuLaunchKernel") };
        let outcome = launch.and_then(|launch| {
            let [x, y] = blocks.map(|n| n as c_uint);
            // SAFETY: `pointers` point to as many arguments as the function has, of the types that it expects. The
            // callers, `rows.rs` and `tiles.rs`, ensure this, and `arguments.rs` checks the tensors. All live until
            // the call returns.
            succeeds("cuLaunchKernel", unsafe {
                let (stream, extra) = (null_mut(), null_mut());
                let arguments = pointers.as_mut_ptr();
                let address = function.address.0;
                launch(
                    address,
                    x,
                    y,
                    1,
                    function.n_threads,
                    1,
                    1,
                    0,
                    stream,
                    arguments,
                    extra,
                )
            })
        });
        if let Err(reason) = outcome {
            panic!("a kernel was not launched: {reason}");
        }
    }
}

impl Argument {
    fn pointer(&self) -> *mut c_void {
        let pointer: *const c_void = match self {
            Self::Address(x) | Self::Long(x) => std::ptr::from_ref(x).cast(),
            Self::Int(x) => std::ptr::from_ref(x).cast(),
            Self::Float(x) => std::ptr::from_ref(x).cast(),
            Self::Site(x) => std::ptr::from_ref(x).cast(),
        };
        pointer.cast_mut()
    }
}

// Functions of CUDA's compiler, as its documentation declares them.
type NvrtcHandle = *mut c_void;
type NvrtcCreate = unsafe extern "C" fn(
    *mut NvrtcHandle,
    *const c_char,
    *const c_char,
    c_int,
    *const *const c_char,
    *const *const c_char,
) -> c_int;
type NvrtcCompile = unsafe extern "C" fn(NvrtcHandle, c_int, *const *const c_char) -> c_int;
type NvrtcSize = unsafe extern "C" fn(NvrtcHandle, *mut usize) -> c_int;
type NvrtcRead = unsafe extern "C" fn(NvrtcHandle, *mut c_char) -> c_int;
type NvrtcDestroy = unsafe extern "C" fn(*mut NvrtcHandle) -> c_int;

/// Compiles a source to the machine code of a GPU.
fn binary(driver: &Library, source: &str, gpu: &str, width: usize) -> Result<Vec<u8>, String> {
    let source = CString::new(source).map_err(|error| error.to_string())?;
    let options = [
        format!("--gpu-architecture={gpu}"),
        "--std=c++17".to_owned(),
        format!("-DWIDTH={width}"),
    ];
    let options = options.map(|option| CString::new(option).expect("no zero within"));
    let options = options.each_ref().map(|option| option.as_ptr());
    // SAFETY: the signatures are those of the compiler's documentation. Texts end with zeros and outlive the program.
    // Buffers have the size that the compiler asks for. The program is destroyed once, after its last use.
    unsafe {
        let create = symbol::<NvrtcCreate>(driver, c"nvrtcCreateProgram")?;
        let compile = symbol::<NvrtcCompile>(driver, c"nvrtcCompileProgram")?;
        let destroy = symbol::<NvrtcDestroy>(driver, c"nvrtcDestroyProgram")?;
        let mut program = null_mut();
        succeeds(
            "nvrtcCreateProgram",
            create(&raw mut program, source.as_ptr(), null(), 0, null(), null()),
        )?;
        let read = |size: &CStr, read: &CStr| -> Result<Vec<u8>, String> {
            let mut length = 0;
            succeeds(
                "nvrtc…Size",
                symbol::<NvrtcSize>(driver, size)?(program, &raw mut length),
            )?;
            let mut bytes = vec![0u8; length];
            succeeds(
                "nvrtcGet…",
                symbol::<NvrtcRead>(driver, read)?(program, bytes.as_mut_ptr().cast()),
            )?;
            Ok(bytes)
        };
        let compiled = succeeds(
            "nvrtcCompileProgram",
            compile(program, options.len() as c_int, options.as_ptr()),
        );
        let result = match compiled {
            Ok(()) => read(c"nvrtcGetCUBINSize", c"nvrtcGetCUBIN"),
            Err(code) => {
                let log =
                    read(c"nvrtcGetProgramLogSize", c"nvrtcGetProgramLog").unwrap_or_default();
                Err(format!("{code}: {}", String::from_utf8_lossy(&log)))
            }
        };
        destroy(&raw mut program);
        result
    }
}

/// Reads an attribute of a device.
fn attribute(driver: &Library, which: c_int, device: c_int) -> Result<c_int, String> {
    let mut value = 0;
    // SAFETY: the signature is that of the driver's documentation, and the call writes one number.
    unsafe {
        let get: Symbol<'_, unsafe extern "C" fn(*mut c_int, c_int, c_int) -> c_int> =
            symbol(driver, c"cuDeviceGetAttribute")?;
        succeeds("cuDeviceGetAttribute", get(&raw mut value, which, device))?;
    }
    Ok(value)
}

/// Finds a symbol.
///
/// # Safety
///
/// `T` must be the type of the symbol.
unsafe fn symbol<'l, T>(library: &'l Library, name: &CStr) -> Result<Symbol<'l, T>, String> {
    // SAFETY: the caller promises the type.
    unsafe { library.get(name) }.map_err(|error| error.to_string())
}

/// Turns a code that is not 0 into an error.
fn succeeds(what: &str, code: c_int) -> Result<(), String> {
    if code == 0 {
        return Ok(());
    }
    Err(format!("{what} returned {code}"))
}
