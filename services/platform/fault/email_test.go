package fault_test

import (
	"strings"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
)

func TestEmailAcceptsAddressesOfAnyScript(t *testing.T) {
	for address, want := range map[string]bool{
		"": true, "ana@example.com": true, "josé@ejemplo.mx": true, "ana@mañana.mx": true, "用户@例子.公司": true, "o'neil+tag@mail-1.example": true,
		"ana@localhost": true, strings.Repeat("a", 64) + "@example.com": true,
		"ana": false, "@example.com": false, "ana@": false, "ana@@example.com": false, "ana@b@c.com": false, "ana @example.com": false,
		"ana@example..com": false, ".ana@example.com": false, "ana@-example.com": false, "ana@exa_mple.com": false, "Ana <ana@example.com>": false,
		"ana@example.com\n": false, "ana\u202e@example.com": false, "ana@[10.0.0.1]": false, "\xff@example.com": false,
		strings.Repeat("a", 65) + "@example.com": false, "ana@" + strings.Repeat("a", 64) + ".com": false, "ana@" + strings.Repeat("abc.", 63) + "com": false,
	} {
		var v fault.Violations
		if got := v.Email("email", address); got != want || (v.Err() == nil) != want {
			t.Errorf("%q: got %t, %v", address, got, v.Err())
		}
	}
}
