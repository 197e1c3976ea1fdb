package config

import (
	"context"
	"log/slog"
	"strings"

	"google.golang.org/grpc/credentials"

	"github.com/continuo-billing/continuo/services/platform/certificates"
	"github.com/continuo-billing/continuo/services/platform/reload"
)

// TLS configures TLS on the listeners of a program.
type TLS struct {
	TLSCertFile string `name:"tls-cert-file" env:"CONTINUO_TLS_CERT_FILE" placeholder:"FILE" help:"Certificate to serve HTTPS and gRPC over TLS with, in PEM, followed by intermediate ones. Default: no TLS."`
	TLSKeyFile  string `name:"tls-key-file" env:"CONTINUO_TLS_KEY_FILE" placeholder:"FILE" help:"Private key of the certificate."`
}

// Certificates returns what the listeners of a program use, or nil without TLS. The files are loaded
// again on SIGHUP and when they change, until ctx ends.
func (t TLS) Certificates(ctx context.Context, logger *slog.Logger) (*certificates.Set, error) {
	return t.openWith(ctx, logger, "")
}

func (t TLS) openWith(ctx context.Context, logger *slog.Logger, clientCA string) (*certificates.Set, error) {
	if (t.TLSCertFile == "") != (t.TLSKeyFile == "") {
		return nil, wrongf("CONTINUO_TLS_CERT_FILE and CONTINUO_TLS_KEY_FILE are needed together, and one of them is not set")
	}
	if t.TLSCertFile == "" {
		return nil, nil
	}
	return open(ctx, logger, "certificates of the listeners", certificates.Files{Certificate: t.TLSCertFile, Key: t.TLSKeyFile, CA: clientCA})
}

// ServiceTLS configures TLS on the listeners of programs that serve gRPC.
type ServiceTLS struct {
	TLS
	TLSClientCAFile string `name:"tls-client-ca-file" env:"CONTINUO_TLS_CLIENT_CA_FILE" placeholder:"FILE" help:"Authorities, in PEM, one of which has to have signed the certificate of each caller over gRPC. Default: callers need no certificate."`
}

// Certificates is like TLS.Certificates, with the authorities of callers.
func (t ServiceTLS) Certificates(ctx context.Context, logger *slog.Logger) (*certificates.Set, error) {
	if t.TLSClientCAFile != "" && t.TLSCertFile == "" {
		return nil, wrongf("CONTINUO_TLS_CLIENT_CA_FILE needs CONTINUO_TLS_CERT_FILE and CONTINUO_TLS_KEY_FILE too: certificates of callers are checked over TLS only")
	}
	return t.openWith(ctx, logger, t.TLSClientCAFile)
}

// CA configures whom clients trust.
type CA struct {
	TLSCAFile string `name:"tls-ca-file" env:"CONTINUO_TLS_CA_FILE" placeholder:"FILE" help:"Authorities, in PEM, that clients trust; services are called over TLS. Default: those of the system, for services with addresses such as https://billing.example.com:9103."`
}

// ClientTLS configures TLS towards services.
type ClientTLS struct {
	CA
	TLSClientCertFile string `name:"tls-client-cert-file" env:"CONTINUO_TLS_CLIENT_CERT_FILE" placeholder:"FILE" help:"Certificate to present to services, in PEM, followed by intermediate ones."`
	TLSClientKeyFile  string `name:"tls-client-key-file" env:"CONTINUO_TLS_CLIENT_KEY_FILE" placeholder:"FILE" help:"Private key of the certificate for services."`
}

// Transport returns the addresses of services without `https://`, and the credentials for calling them.
// The files are loaded again on SIGHUP and when they change, until ctx ends.
func (t ClientTLS) Transport(ctx context.Context, logger *slog.Logger, addresses ...string) ([]string, credentials.TransportCredentials, error) {
	if (t.TLSClientCertFile == "") != (t.TLSClientKeyFile == "") {
		return nil, nil, wrongf("CONTINUO_TLS_CLIENT_CERT_FILE and CONTINUO_TLS_CLIENT_KEY_FILE are needed together, and one of them is not set")
	}
	hosts, some, all := withoutScheme(addresses)
	files := certificates.Files{Certificate: t.TLSClientCertFile, Key: t.TLSClientKeyFile, CA: t.TLSCAFile}
	if files == (certificates.Files{}) {
		if some && !all {
			return nil, nil, wrongf("addresses of services must all begin with https://, or none: %s", strings.Join(addresses, ","))
		}
		if !some {
			return hosts, (*certificates.Set)(nil).Client(), nil
		}
	}
	set, err := open(ctx, logger, "certificates for services", files)
	if err != nil {
		return nil, nil, err
	}
	return hosts, set.Client(), nil
}

// withoutScheme removes `https://` from addresses, each of which may be several separated by commas. It
// reports whether some had it, and whether all had it.
func withoutScheme(addresses []string) (hosts []string, some, all bool) {
	all = true
	for _, list := range addresses {
		var bare []string
		for address := range strings.SplitSeq(list, ",") {
			host, secure := strings.CutPrefix(strings.TrimSpace(address), "https://")
			bare, some, all = append(bare, host), some || secure, all && secure
		}
		hosts = append(hosts, strings.Join(bare, ","))
	}
	return hosts, some, all
}

// OpenCertificates loads files once.
func OpenCertificates(files certificates.Files) (*certificates.Set, error) {
	set, err := certificates.Open(files)
	if err != nil {
		return nil, wrong{err}
	}
	return set, nil
}

// open loads files, and loads them again on SIGHUP and when they change, until ctx ends.
func open(ctx context.Context, logger *slog.Logger, what string, files certificates.Files) (*certificates.Set, error) {
	set, err := OpenCertificates(files)
	if err != nil {
		return nil, err
	}
	if paths := set.Paths(); len(paths) > 0 {
		go reload.Watch(ctx, logger, what, paths, set.Reload)
	}
	return set, nil
}
