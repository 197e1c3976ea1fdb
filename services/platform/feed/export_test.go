package feed

// ListStatement returns the statement of a list, which Tx.List completes with the query.
var ListStatement = list
