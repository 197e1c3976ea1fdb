// Package books imports and exports everything that a tenant has: the catalogue, lines, settings,
// and what was billed.
//
//   - An export is one snapshot. Each resource comes after those that it refers to. Runs that have
//     not ended are left out. An export with drafts is rejected, since only the run that made them
//     can settle them.
//   - An imported resource keeps its number, code and times. It is checked as a new one is, except
//     that it may refer to retired resources.
//   - If an equal resource already exists, apart from its revision, it stays as it is. A different
//     one with the same key is an error.
package books
