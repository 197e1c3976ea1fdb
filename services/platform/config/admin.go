package config

// Admin configures the admin address.
type Admin struct {
	AdminAddr string `env:"CONTINUO_ADMIN_ADDR" help:"Address for metrics, health and profiles, or off. Default: continuo and gateway 127.0.0.1:9190, customer-recurrence 127.0.0.1:9191, subscription 127.0.0.1:9192, recurring-billing 127.0.0.1:9193."`
}

// DefaultAdminAddr is the admin address of the gateway, and of all services in one process.
const DefaultAdminAddr = "127.0.0.1:9190"

// AdminAddrs holds the default admin addresses of programs that run one service.
var AdminAddrs = map[string]string{
	"customer-recurrence": "127.0.0.1:9191",
	"subscription":        "127.0.0.1:9192",
	"recurring-billing":   "127.0.0.1:9193",
}
