//! Finds the circles of a directed graph.

use std::collections::{BTreeMap, BTreeSet};

/// An edge of the graph.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Edge<N> {
    pub(super) from: N,
    pub(super) to: N,
}

/// The sets of two or more nodes that all reach each other: the strongly connected components of the graph.
pub(super) fn circles<N: Ord + Copy>(edges: &BTreeSet<Edge<N>>) -> Vec<BTreeSet<N>> {
    let mut next: BTreeMap<N, Vec<N>> = BTreeMap::new();
    for edge in edges {
        next.entry(edge.from).or_default().push(edge.to);
    }
    let reached: BTreeMap<N, BTreeSet<N>> = next.keys().map(|n| (*n, reached(&next, *n))).collect();
    let reaches = |from: N, to: N| reached.get(&from).is_some_and(|nodes| nodes.contains(&to));
    let mut circles: Vec<BTreeSet<N>> = Vec::new();
    for node in next.keys().copied().filter(|node| reaches(*node, *node)) {
        if circles.iter().all(|circle| !circle.contains(&node)) {
            let circle = reached[&node].iter().copied();
            circles.push(circle.filter(|other| reaches(*other, node)).collect());
        }
    }
    circles.retain(|circle| circle.len() > 1);
    circles
}

/// Every node at the end of a path of one or more edges from a node.
fn reached<N: Ord + Copy>(next: &BTreeMap<N, Vec<N>>, from: N) -> BTreeSet<N> {
    let mut reached = BTreeSet::new();
    let mut waiting = vec![from];
    while let Some(node) = waiting.pop() {
        for to in next.get(&node).into_iter().flatten() {
            if reached.insert(*to) {
                waiting.push(*to);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Edge, circles};

    fn check(edges: &[[u8; 2]], expect: &[&[u8]]) {
        let edges: BTreeSet<_> = edges.iter().map(|&[from, to]| Edge { from, to }).collect();
        let expect: Vec<BTreeSet<u8>> =
            expect.iter().map(|c| c.iter().copied().collect()).collect();
        assert_eq!(circles(&edges), expect);
    }

    #[test]
    fn nodes_that_reach_each_other_are_a_circle() {
        check(&[[1, 2], [2, 3], [1, 3]], &[]);
        check(&[[1, 2], [2, 1], [2, 3]], &[&[1, 2]]);
        check(&[[1, 2], [2, 3], [3, 1], [3, 4]], &[&[1, 2, 3]]);
        check(
            &[[1, 2], [2, 1], [2, 3], [3, 4], [4, 3]],
            &[&[1, 2], &[3, 4]],
        );
        check(&[[1, 2], [2, 1], [2, 3], [3, 2]], &[&[1, 2, 3]]);
        check(&[[1, 1]], &[]);
    }
}
