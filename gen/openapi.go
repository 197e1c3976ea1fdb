// Package gen holds what is generated from the protos: Go code below go, and the OpenAPI description.
package gen

import _ "embed"

// OpenAPI is the OpenAPI 2 description of every REST path, vendor and native, as JSON.
//
//go:embed openapi/continuo.swagger.json
var OpenAPI []byte
