package config

// Sealing configures how secrets are sealed in the stores.
type Sealing struct {
	SealingKeyFile string `env:"CONTINUO_SEALING_KEY_FILE" help:"File with the keys that seal secrets in the stores, made by continuo sealing-key new. Default: embedded stores make sealing.key in their folder."`
}
