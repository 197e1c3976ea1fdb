package config

// Docs configures who may read what describes the API.
type Docs struct {
	PublicDocs bool `env:"CONTINUO_PUBLIC_DOCS" default:"true" negatable:"" help:"Show the documentation, the OpenAPI document, the protos and gRPC reflection to callers without a credential."`
}
