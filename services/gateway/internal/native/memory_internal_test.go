package native

import (
	"runtime"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	customerrecurrencev1 "github.com/continuo-billing/continuo/gen/go/continuo/customerrecurrence/v1"
	recurringbillingv1 "github.com/continuo-billing/continuo/gen/go/continuo/recurringbilling/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// TestBindingTakesBoundedMemory measures what binding a body of a megabyte allocates, and compares it
// with what is reserved for it.
func TestBindingTakesBoundedMemory(t *testing.T) {
	const size = 1 << 20
	fill := func(before, part, after string) string { return before + strings.Repeat(part, size/len(part)) + after }
	for name, c := range map[string]struct {
		body  string
		into  proto.Message
		wrong bool
	}{
		"services":        {fill(`{"services":[`, `{"serviceId":"S-1","transactionLimit":2,"value":"a value that is somewhat longer"},`, `{}]}`), &customerrecurrencev1.Recurrence{}, false},
		"empty contacts":  {fill(`{"contacts":[`, `{},`, `{}]}`), &customerrecurrencev1.Customer{}, true},
		"names":           {fill(`{"names":[`, `"n",`, `"n"]}`), &customerrecurrencev1.BatchGetCustomersRequest{}, true},
		"sparse contacts": {fill(`{"contacts":[`, `{}                                    ,`, `{}]}`), &customerrecurrencev1.Customer{}, false},
		"a long text":     {`{"description":"` + strings.Repeat(`a,{\n`, size/5) + `"}`, &recurringbillingv1.Item{}, false},
	} {
		body := []byte(c.body)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := bind(body, c.into)
		runtime.ReadMemStats(&after)
		took, most := after.TotalAlloc-before.TotalAlloc, wire.Memory(wire.JSON, body)
		t.Logf("%s: %.1f times the body, of %.1f reserved: %v", name, float64(took)/float64(len(body)), float64(most)/float64(len(body)), err)
		if int64(took) > most {
			t.Errorf("%s: binding %d bytes took %d, reserved %d", name, len(body), took, most)
		}
		if tooMany := err != nil && strings.Contains(err.Error(), "too many values"); tooMany != c.wrong {
			t.Errorf("%s: got %v", name, err)
		}
	}
}
