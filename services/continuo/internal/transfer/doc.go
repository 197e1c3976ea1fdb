// Package transfer is the operator's side of the bulk import and export: files of newline-delimited JSON on one side, the
// services' TransferServices on the other. A line is a resource of a native API as a google.protobuf.Any in JSON; its
// `@type` tells the service that owns it.
//
// An import reads the file once, in order, and holds a bounded part of it: the batch that is being filled for each
// service and a few that are on their way. A service takes its batches in their order, so a resource may name those on
// earlier lines. What is durable and reported is remembered in a checkpoint, from which an import that was cut off
// resumes; a batch whose answer was lost is sent again and finds its rows unchanged.
package transfer
