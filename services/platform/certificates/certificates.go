// Package certificates provides certificates from PEM files to servers and clients that use TLS. The
// files can be loaded again at any time: new connections use what was loaded last, and open ones go on.
//
//	set, err := certificates.Open(certificates.Files{Certificate: "server.pem", Key: "server.key"})
//	server := &http.Server{TLSConfig: set.HTTPS()}
//	go reload.Watch(ctx, logger, "certificates", set.Paths(), set.Reload)
//
// grpc's certprovider/pemfile polls files too, but it can neither follow SIGHUP nor report a wrong file
// when a program starts.
package certificates

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"sync/atomic"
)

// Files names the PEM files of one side of connections. Each is optional.
type Files struct {
	// Certificate holds this side's certificate, followed by the intermediate ones, and Key its
	// private key. They are given together.
	Certificate, Key string
	// CA holds the certificates of the authorities that sign those of the other side. Without it,
	// servers ask for no certificate and clients trust the authorities of the system.
	CA string
}

// Set holds the certificates of one side of connections. A nil Set stands for connections without TLS.
// It is safe for concurrent use.
type Set struct {
	files  Files
	loaded atomic.Pointer[material]
}

// material is what was read from the files; a field is nil if its file is not configured.
type material struct {
	certificate *tls.Certificate
	authorities *x509.CertPool
}

// Open loads the files.
func Open(files Files) (*Set, error) {
	set := &Set{files: files}
	if err := set.Reload(); err != nil {
		return nil, err
	}
	return set, nil
}

// Reload loads the files again. If one of them is wrong, everything loaded before stays in use.
func (s *Set) Reload() error {
	read := &material{}
	if s.files.Certificate != "" || s.files.Key != "" {
		pair, err := tls.LoadX509KeyPair(s.files.Certificate, s.files.Key)
		if err != nil {
			return fmt.Errorf("loading the certificate %s and its key %s: %w", s.files.Certificate, s.files.Key, err)
		}
		read.certificate = &pair
	}
	if s.files.CA != "" {
		read.authorities = x509.NewCertPool()
		if err := addFile(read.authorities, s.files.CA); err != nil {
			return err
		}
	}
	s.loaded.Store(read)
	return nil
}

// addFile adds the certificates of a file to a pool.
func addFile(pool *x509.CertPool, path string) error {
	text, err := os.ReadFile(path)
	if err == nil && !pool.AppendCertsFromPEM(text) {
		err = errors.New("it contains no certificate in PEM format")
	}
	if err != nil {
		return fmt.Errorf("loading the certificates of %s: %w", path, err)
	}
	return nil
}

// Paths returns the names of the files.
func (s *Set) Paths() []string {
	var paths []string
	for _, path := range []string{s.files.Certificate, s.files.Key, s.files.CA} {
		if path != "" {
			paths = append(paths, path)
		}
	}
	return paths
}
