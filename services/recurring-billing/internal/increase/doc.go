// Package increase changes the rates of many recurring lines at once.
//
//   - An Increase is planned, tried and changed until it is applied. Trying it changes nothing, and
//     says for every line what applying it would do.
//   - Applying and undoing are jobs, which a Worker does in steps. A step reads the next lines,
//     changes their rates, notes what it did to each, and moves the job on, in one transaction that
//     locks the increase. So a job goes on after a crash where it was, and no line is raised twice,
//     with any number of replicas.
//   - Undoing withdraws the rates that were given, except where a line is billed at its rate, or
//     the rate was changed or withdrawn since. Rates of other dates stay.
package increase
