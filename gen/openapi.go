// Package gen holds what is generated from the protos: Go code below go, and the OpenAPI descriptions.
package gen

import (
	"embed"
	"io/fs"
)

//go:embed openapi
var openAPI embed.FS

// OpenAPI has an OpenAPI 2 description of the REST paths of every proto file, vendor and native, beside the file's own path:
// `sedona/v1/item.swagger.json`.
var OpenAPI = below(openAPI, "openapi")

func below(files fs.FS, folder string) fs.FS {
	found, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // only for a folder whose name is no path
	}
	return found
}
