package certificates

import (
	"crypto/tls"

	"google.golang.org/grpc/credentials"
)

// HTTPS returns the configuration of an HTTP server, or nil without TLS. It asks callers for no
// certificate.
func (s *Set) HTTPS() *tls.Config {
	if s == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.loaded.Load().certificate, nil },
	}
}

// Server returns the credentials of a gRPC server, or nil without TLS. With a CA file, each caller has
// to present a certificate that it signed.
func (s *Set) Server() credentials.TransportCredentials {
	if s == nil {
		return nil
	}
	return credentials.NewTLS(&tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.serverConfig(), nil },
	})
}

func (s *Set) serverConfig() *tls.Config {
	loaded := s.loaded.Load()
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{*loaded.certificate},
		// A resumed session would not check a caller's certificate again.
		SessionTicketsDisabled: true,
	}
	if loaded.authorities != nil {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, loaded.authorities
	}
	return config
}
