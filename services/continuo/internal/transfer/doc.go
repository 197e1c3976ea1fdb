// Package transfer imports and exports newline-delimited JSON through the services'
// TransferServices. A line is a resource of a native API, a google.protobuf.Any in JSON. Its
// `@type` determines the service.
//
// An import reads the file once, in order, and keeps a bounded part of it in memory: for each
// service the batch that is being filled and a few that are in flight. A service processes its
// batches in order, so a resource may refer to resources on earlier lines. A checkpoint records the
// lines that are complete, and an interrupted import resumes there. A batch whose response was lost
// is sent again; its rows are then unchanged.
package transfer
