// Package books imports and exports all that a tenant has: the catalogue, lines, settings, and what was billed.
//
//   - An export is of one snapshot; each resource comes after those that it names. Runs that have not ended are left out, and
//     drafts, which only the run that made them settles, are refused.
//   - An imported resource keeps its number, code and times. It is checked as a new one is, but it may name what has been
//     retired since.
//   - A resource that is there already, the same but for its revision, stays as it is. Another of its key is refused.
package books
