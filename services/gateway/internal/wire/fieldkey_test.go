package wire_test

import (
	"bytes"
	"errors"
	"testing"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

func TestFieldKey(t *testing.T) {
	for _, c := range []struct {
		model      proto.Message
		path, want string
	}{
		{&sedonav1.CustomerRecurringUpdate{}, "item_code", "ItemCode"},
		{&dynamicsv1.UpgradeDowngrade{}, "recurrence.services.items[2].service_id", "recurrence.services[2].service_id"},
		{&dynamicsv1.UpgradeDowngrade{}, "recurrence.services", "recurrence.services"},
		{&dynamicsv1.UpgradeDowngrade{}, "recurrence.price.value", "recurrence.price"},
		{&dynamicsv1.Customer{}, "settings.payment_dates.items[0].cut_off_date", "Settings.PaymentDates[0].CutOffDate"},
		{&crmcomv2.UpdateSubscriptionRequest{}, "services_set[1].udf_float_1", "services_set[1].udf_float_1"},
		{&crmcomv2.UpdateSubscriptionRequest{}, "services_set[1].nope.more", "services_set[1].nope.more"},
		{&sedonav1.CustomerRecurringUpdate{}, "item_code.more", "ItemCode.more"},
		{&sedonav1.CustomerRecurringUpdate{}, "", ""},
	} {
		if got := wire.FieldKey(c.model.ProtoReflect().Descriptor(), c.path); got != c.want {
			t.Errorf("%s: got %s, want %s", c.path, got, c.want)
		}
	}
}

func TestToUTF8(t *testing.T) {
	for _, c := range []struct{ name, body, charset, want string }{
		{"none", "é", "", "é"},
		{"utf-8", "é", "UTF-8", "é"},
		{"unknown", "é", "iso-8859-1", "é"},
		{"mark of utf-8", "\xef\xbb\xbfé", "utf-16", "é"},
		{"utf-16", "a\x00=\xd8\x00\xde", `"UTF-16"`, "a😀"},
		{"mark of utf-16", "\xff\xfea\x00", "utf-8", "a"},
		{"mark of big-endian utf-16", "\xfe\xff\x00a", "utf-8", "a"},
		{"big-endian is not known by name", "a", "utf-16be", "a"},
		{"nothing", "", "utf-16", ""},
		{"not utf-8", "\xff", "utf-8", "!"},
		{"half a unit", "a", "utf-16", "!"},
		{"half a pair", "=\xd8a\x00", "utf-16", "!"},
		{"half a pair at the end", "=\xd8", "utf-16", "!"},
		{"low surrogate first", "\x00\xde=\xd8", "utf-16", "!"},
	} {
		t.Run(c.name, func(t *testing.T) {
			text, err := wire.ToUTF8([]byte(c.body), c.charset)
			var invalid *wire.ModelError
			if got := string(text); errors.As(err, &invalid) != (c.want == "!") || err == nil && got != c.want {
				t.Errorf("got %q, %v, want %q", got, err, c.want)
			}
		})
	}
}

func TestUTF16RoundTrips(t *testing.T) {
	text := []byte("a\u0000é\uFFFF😀")
	encoded := wire.AppendUTF16LE([]byte("x"), text)
	if !bytes.HasPrefix(encoded, []byte("x\xff\xfea\x00")) {
		t.Errorf("the byte order mark is missing: %q", encoded)
	}
	if back, err := wire.ToUTF8(encoded[1:], ""); err != nil || !bytes.Equal(back, text) {
		t.Errorf("got %q, %v", back, err)
	}
}
