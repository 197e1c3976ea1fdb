// Package gen holds what is generated from the protos: Go code below go, and a copy of the protos for programs to embed.
package gen

import (
	"embed"
	"io/fs"
)

//go:embed protos
var protos embed.FS

// Protos has the protos, each at the path by which it is imported: `sedona/v1/item.proto`.
var Protos = below(protos, "protos")

func below(files fs.FS, folder string) fs.FS {
	found, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // only for a folder whose name is no path
	}
	return found
}
