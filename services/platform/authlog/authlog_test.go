package authlog_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/authlog"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/source"
)

func TestFloodsAreLoggedWithinBounds(t *testing.T) {
	var lines bytes.Buffer
	now := clock.NewFake(time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC))
	log := authlog.New(slog.New(slog.NewTextHandler(&lines, nil)), "no entry", now)
	wrong := fault.New(fault.Unauthenticated, reason.CredentialInvalid, "no")
	from := func(address string) context.Context { return source.With(t.Context(), netip.MustParseAddr(address)) }
	last := func() string {
		written := strings.Split(strings.TrimSpace(lines.String()), "\n")
		return written[len(written)-1]
	}
	for range 10 {
		log.Failed(from("2001:db8::1"), wrong)
	}
	log.Failed(from("2001:db8::2"), wrong) // the same network
	log.Failed(t.Context(), errors.New("the store is away"))
	if count := strings.Count(lines.String(), "\n"); count != 1 || !strings.Contains(last(), `level=WARN msg="no entry" reason=CREDENTIAL_INVALID source=2001:db8::1`) {
		t.Errorf("got %d lines, the last %s", count, last())
	}
	log.Failed(from("2001:db8::1"), wrong, slog.String("user", "ann"))
	if !strings.Contains(last(), "user=ann") {
		t.Errorf("another user: got %s", last())
	}
	now.Advance(time.Minute)
	log.Failed(from("2001:db8::1"), wrong)
	if !strings.HasSuffix(last(), "left_out=10") {
		t.Errorf("a minute later: got %s", last())
	}
	lines.Reset()
	for i := range 250 {
		log.Failed(from(netip.AddrFrom4([4]byte{192, 0, 2, byte(i)}).String()), wrong)
	}
	if count := strings.Count(lines.String(), "\n"); count < 50 || count > 60 {
		t.Errorf("250 sources: got %d lines", count)
	}
}
