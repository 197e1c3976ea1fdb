package config_test

import (
	"errors"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/services/platform/certificates/certificatestest"
	"github.com/continuo-billing/continuo/services/platform/config"
)

// TestWrongCertificatesAreRefused checks that each mistake has one line and the exit code of wrong settings.
func TestWrongCertificatesAreRefused(t *testing.T) {
	authority := certificatestest.New(t)
	certificate, key := authority.Issue(t, t.TempDir(), "localhost")
	_, other := authority.Issue(t, t.TempDir(), "localhost")
	absent, empty := filepath.Join(t.TempDir(), "absent"), filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	serving := func(certificate, key, clientCA string) error {
		_, err := config.ServiceTLS{TLS: config.TLS{TLSCertFile: certificate, TLSKeyFile: key}, TLSClientCAFile: clientCA}.Certificates(t.Context(), logger)
		return err
	}
	calling := func(ca, certificate, key string, addresses ...string) error {
		_, _, err := config.ClientTLS{CA: config.CA{TLSCAFile: ca}, TLSClientCertFile: certificate, TLSClientKeyFile: key}.Transport(t.Context(), logger, addresses...)
		return err
	}
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"nothing":                  {serving("", "", ""), ""},
		"all of it":                {serving(certificate, key, authority.File), ""},
		"no key":                   {serving(certificate, "", ""), "are needed together"},
		"no certificate":           {serving("", key, ""), "are needed together"},
		"no such certificate":      {serving(absent, key, ""), "no such file"},
		"another key":              {serving(certificate, other, ""), "private key does not match"},
		"an empty certificate":     {serving(empty, key, ""), "failed to find any PEM data"},
		"authorities without TLS":  {serving("", "", authority.File), "needs CONTINUO_TLS_CERT_FILE"},
		"empty authorities":        {serving(certificate, key, empty), "contains no certificate"},
		"trust":                    {calling(authority.File, certificate, key, "a:1"), ""},
		"no such authorities":      {calling(absent, "", "", "a:1"), "no such file"},
		"no key for services":      {calling("", certificate, "", "a:1"), "are needed together"},
		"another key for services": {calling("", certificate, other, "a:1"), "private key does not match"},
		"one address over TLS":     {calling("", "", "", "https://a:1,b:1"), "must all begin with https://"},
	} {
		if test.want == "" {
			if test.err != nil {
				t.Errorf("%s: %v", name, test.err)
			}
			continue
		}
		var coded interface{ ExitCode() int }
		if test.err == nil || !strings.Contains(test.err.Error(), test.want) || strings.Contains(test.err.Error(), "\n") ||
			!errors.As(test.err, &coded) || coded.ExitCode() != config.WrongUsage {
			t.Errorf("%s: got %v, want a wrong setting: %s", name, test.err, test.want)
		}
	}
}

func TestAddressesDecideOnTLS(t *testing.T) {
	for _, test := range []struct{ given, host, protocol string }{
		{"a:1", "a:1", "insecure"},
		{"https://a:1, https://b:1", "a:1,b:1", "tls"},
	} {
		hosts, transport, err := config.ClientTLS{}.Transport(t.Context(), slog.New(slog.DiscardHandler), test.given)
		if err != nil || hosts[0] != test.host || transport.Info().SecurityProtocol != test.protocol {
			t.Errorf("%s: got %v over %v, error %v", test.given, hosts, transport, err)
		}
	}
}

// TestCertificatesAreLoadedAgain checks that SIGHUP loads a renewed certificate.
func TestCertificatesAreLoadedAgain(t *testing.T) {
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP) // the first may come before the program listens
	authority, folder := certificatestest.New(t), t.TempDir()
	certificate, key := authority.Issue(t, folder, "localhost")
	set, err := config.TLS{TLSCertFile: certificate, TLSKeyFile: key}.Certificates(t.Context(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	first, err := set.HTTPS().GetCertificate(nil)
	if err != nil {
		t.Fatal(err)
	}
	authority.Issue(t, folder, "localhost")
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
		if got, err := set.HTTPS().GetCertificate(nil); err != nil || !got.Leaf.Equal(first.Leaf) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the certificate was not loaded again")
		}
	}
}
