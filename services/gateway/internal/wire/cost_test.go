package wire_test

import (
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// hostileBody is a body of a megabyte that would be expensive for a careless reader.
type hostileBody struct {
	name   string
	format wire.Format
	body   string
}

func hostileBodies() []hostileBody {
	const size = 1 << 20
	fill := func(before, part, after string) string {
		return before + strings.Repeat(part, (size-len(before)-len(after))/len(part)) + after
	}
	const open, end = `<UpgradeDowngradeCrmModelApi>`, `</UpgradeDowngradeCrmModelApi>`
	return []hostileBody{
		{"open brackets", wire.JSON, fill("", "[", "")},
		{"empty arrays", wire.JSON, fill(`{"x":[`, "[],", `]}`)},
		{"duplicate members", wire.JSON, fill(`{`, `"recurrence":{},`, `}`)},
		{"faults", wire.JSON, fill(`{"recurrence":{"services":[`, "5,", `]}}`)},
		{"digits in a text", wire.JSON, `{"recurrence":{"name":` + fill("", "9", "") + `}}`},
		{"digits in a decimal", wire.JSON, `{"recurrence":{"price":0.` + fill("", "9", "") + `}}`},
		{"digits in an exponent", wire.JSON, `{"recurrence":{"price":"1e` + fill("", "9", "") + `"}}`},
		{"escapes", wire.JSON, `{"recurrence":{"name":"` + fill("", `\ud83d`, "") + `"}}`},
		{"comments", wire.JSON, fill("", "/**/", "{}")},
		{"open comment", wire.JSON, fill("/*", "*", "")},
		{"open tags", wire.XML, fill("", "<a>", "")},
		{"elements", wire.XML, fill(open, "<a/>", end)},
		{"namespaces", wire.XML, fill(open, `<a xmlns="u"/>`, end)},
		{"prefixes in one tag", wire.XML, `<a ` + fill("", `xmlns:a="u" `, "") + `/>`},
		{"attributes", wire.XML, `<a ` + fill("", `a="u" `, "") + `/>`},
		{"prefixes in scope", wire.XML, strings.Repeat(`<a xmlns:`+strings.Repeat("a", 100)+`="u">`, 250) + fill("", "<a/>", "")},
		{"text in pieces", wire.XML, fill(open+"<recurrence><name>", "a<!---->", "</name></recurrence>"+end)},
		{"CDATA in pieces", wire.XML, fill(open+"<recurrence><name>", "<![CDATA[a]]>", "</name></recurrence>"+end)},
		{"references", wire.XML, fill(open+"<recurrence><name>", "&amp;", "</name></recurrence>"+end)},
		{"open references", wire.XML, fill(open, "&amp", end)},
		{"ampersands", wire.Form, fill("", "&", "")},
		{"dots", wire.Form, fill("recurrence", ".", "")},
		{"brackets", wire.Form, fill("recurrence", "[]", "")},
		{"open brackets in a form", wire.Form, fill("recurrence", "[", "")},
		{"items", wire.Form, strings.Repeat("recurrence.services="+strings.Repeat("x", 1000)+"&", 999)},
		{"named items", wire.Form, strings.Repeat("recurrence.services.index="+strings.Repeat("x", 1000)+"&", 999)},
		{"escapes in a form", wire.Form, fill("recurrence.name=", "%41", "")},
	}
}

// TestHostileBodiesAreCheap reads bodies that would be expensive for a reader with more than linear
// cost.
func TestHostileBodiesAreCheap(t *testing.T) {
	for _, c := range hostileBodies() {
		t.Run(c.name, func(t *testing.T) {
			start := time.Now()
			for _, model := range []proto.Message{upgrade(), &crmcomv2.UpdateSubscriptionRequest{}} {
				if c.format != wire.JSON && model.ProtoReflect().Descriptor().ParentFile().Package() == "crmcom.v2" {
					continue
				}
				// Ignore whether the body binds.
				_ = wire.Read(c.format, []byte(c.body), wire.DefaultLimits, model)
			}
			took := time.Since(start)
			t.Log(took)
			if took > 5*time.Second {
				t.Errorf("reading %d bytes took %s", len(c.body), took)
			}
		})
	}
}
