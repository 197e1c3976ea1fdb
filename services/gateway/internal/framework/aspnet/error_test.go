package aspnet_test

import (
	"encoding/json"
	"encoding/xml"
	"testing"

	"github.com/continuo-billing/continuo/services/gateway/internal/failure"
	"github.com/continuo-billing/continuo/services/gateway/internal/framework/aspnet"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

func TestHTTPError(t *testing.T) {
	fields := []failure.Field{{Key: "model.A", Messages: []string{"one", "two"}}, {Key: "model.s[0].b", Messages: []string{"<é>"}}}
	for _, test := range []struct {
		name      string
		failed    *failure.Failure
		json, xml string
	}{
		{"message alone", &failure.Failure{Message: `a "b" <c>`}, `{"Message":"a \"b\" <c>"}`, `<Error><Message>a &#34;b&#34; &lt;c&gt;</Message></Error>`},
		{"members", &failure.Failure{Message: "m", Fields: fields},
			`{"Message":"m","ModelState":{"model.A":["one","two"],"model.s[0].b":["<é>"]}}`,
			`<Error><Message>m</Message><ModelState><model.A>one two</model.A><model.s_x005B_0_x005D_.b>&lt;é&gt;</model.s_x005B_0_x005D_.b></ModelState></Error>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := string(aspnet.HTTPError(test.failed, wire.JSON)); got != test.json {
				t.Errorf("got %s, want %s", got, test.json)
			}
			if got := string(aspnet.HTTPError(test.failed, wire.XML)); got != test.xml {
				t.Errorf("got %s, want %s", got, test.xml)
			}
		})
	}
}

func FuzzHTTPErrorIsWellFormed(f *testing.F) {
	f.Add("message", "model.a[0]", "text")
	f.Add("\x00\uFFFF", "0", "]]>")
	f.Add("", "", "\xff")
	f.Fuzz(func(t *testing.T, message, key, text string) {
		failed := &failure.Failure{Message: message, Fields: []failure.Field{{Key: key, Messages: []string{text}}}}
		if body := aspnet.HTTPError(failed, wire.JSON); !json.Valid(body) {
			t.Errorf("%s", body)
		}
		if key == "" {
			return // no failure has a member without a name
		}
		var document struct {
			XMLName xml.Name `xml:"Error"`
		}
		if err := xml.Unmarshal(aspnet.HTTPError(failed, wire.XML), &document); err != nil {
			t.Errorf("%v", err)
		}
	})
}
