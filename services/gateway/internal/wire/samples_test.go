package wire_test

import (
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// sample returns a body as printed in the vendor's documentation, without white space between its
// parts.
func sample(t testing.TB, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestDocumentedSamples(t *testing.T) {
	for _, c := range []struct {
		name  string
		empty func() proto.Message
	}{
		{"dynamics-request", upgrade},
		{"dynamics-response", func() proto.Message { return &dynamicsv1.UpdateRecurrenceResponse{} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			fromJSON, fromXML := c.empty(), c.empty()
			if err := wire.Read(wire.JSON, sample(t, c.name+".json"), wire.DefaultLimits, fromJSON); err != nil {
				t.Fatal(err)
			}
			if err := wire.Read(wire.XML, sample(t, c.name+".xml"), wire.DefaultLimits, fromXML); err != nil {
				t.Fatal(err)
			}
			checkWritten(t, wire.JSON, fromXML, string(sample(t, c.name+".json")))
			checkWritten(t, wire.XML, fromXML, string(sample(t, c.name+".xml")))
			// The documentation prints the price in JSON as 4.0, with one digit more than in XML.
			if a, b := written(t, wire.JSON, fromJSON), written(t, wire.JSON, fromXML); a != b {
				t.Errorf("from JSON\n%s\nfrom XML\n%s", a, b)
			}
		})
	}
}

func written(t testing.TB, format wire.Format, message proto.Message) string {
	t.Helper()
	text, err := wire.Append(nil, format, message)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func checkWritten(t *testing.T, format wire.Format, message proto.Message, want string) {
	t.Helper()
	if got := written(t, format, message); got != want {
		t.Errorf("%s\n got %s\nwant %s", format, got, want)
	}
}
