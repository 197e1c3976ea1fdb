package gen

import "embed"

//go:embed protos
var protos embed.FS

// Protos has the protos with everything that they import, each at the path by which it is imported:
// `sedona/v1/item.proto`, `google/api/http.proto`.
var Protos = below(protos, "protos")
