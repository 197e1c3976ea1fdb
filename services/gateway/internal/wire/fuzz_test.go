package wire_test

import (
	"errors"
	"mime"
	"testing"

	"google.golang.org/protobuf/proto"

	crmcomv2 "github.com/continuo-billing/continuo/gen/go/crmcom/v2"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

func FuzzReadJSON(f *testing.F) {
	seed(f, "json")
	f.Add([]byte(`{"a":new Date(1,[2],{'b':.5}),/**/c:0x1F,d:[,,NaN,-Infinity,undefined]} // end`))
	f.Fuzz(func(t *testing.T, body []byte) {
		checkRead(t, wire.JSON, body, line, upgrade, func() proto.Message { return &crmcomv2.UpdateSubscriptionRequest{} })
	})
}

func FuzzReadXML(f *testing.F) {
	seed(f, "xml")
	f.Add([]byte(`<?xml version="1.0"?><!-- --><RecurrencesModel xmlns:x="` + instance + `"><name x:nil="1"><![CDATA[a]]>&#x41;</name></RecurrencesModel>`))
	f.Fuzz(func(t *testing.T, body []byte) { checkRead(t, wire.XML, body, line, upgrade, recurrence) })
}

func FuzzReadForm(f *testing.F) {
	seed(f, "x-www-form-urlencoded")
	f.Add([]byte(`recurrence[services].index=0&recurrence.services[0]=x&recurrence[services][]=%41+&&=`))
	f.Fuzz(func(t *testing.T, body []byte) { checkRead(t, wire.Form, body, line, upgrade, recurrence) })
}

// seed adds the recorded bodies of a media subtype to a fuzz test.
func seed(f *testing.F, subtype string) {
	for _, c := range readCases(f) {
		media, _, err := mime.ParseMediaType(c.Request.Headers["Content-Type"])
		if err == nil && (media == "application/"+subtype || media == "text/"+subtype) && c.Request.Body != nil {
			f.Add([]byte(*c.Request.Body))
		}
	}
}

// checkRead reads a body as each of the models. A body that binds can be written, and writing it
// again gives the same result.
func checkRead(t *testing.T, format wire.Format, body []byte, models ...func() proto.Message) {
	for _, model := range models {
		message := model()
		err := wire.Read(format, body, wire.DefaultLimits, message)
		var invalid *wire.ModelError
		if errors.As(err, &invalid) && len(invalid.Fields) == 0 {
			t.Fatal("a ModelError without fields")
		}
		if err != nil && invalid == nil && !errors.Is(err, wire.ErrNoModel) {
			t.Fatal(err)
		}
		if err != nil {
			continue
		}
		again := model()
		text := written(t, wire.JSON, message)
		if err := wire.Read(wire.JSON, []byte(text), wire.DefaultLimits, again); err != nil {
			t.Fatalf("%v in %s", err, text)
		}
		if second := written(t, wire.JSON, again); second != text {
			t.Fatalf("written as\n%s\nafter reading it again\n%s", text, second)
		}
		if _, strict := message.(*crmcomv2.UpdateSubscriptionRequest); strict {
			continue
		}
		document := written(t, wire.XML, message)
		if err := wire.Read(wire.XML, []byte(document), wire.DefaultLimits, model()); err != nil {
			t.Fatalf("%v in %s", err, document)
		}
	}
}
