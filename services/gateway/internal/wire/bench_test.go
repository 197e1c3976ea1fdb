package wire_test

import (
	"testing"

	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// The requests and the response are the documented ones of Dynamics.

func BenchmarkReadJSON(b *testing.B) { benchmarkRead(b, wire.JSON, sample(b, "dynamics-request.json")) }

func BenchmarkReadXML(b *testing.B) { benchmarkRead(b, wire.XML, sample(b, "dynamics-request.xml")) }

func BenchmarkReadForm(b *testing.B) {
	benchmarkRead(b, wire.Form, []byte("recurrence[recurrence_id]=sample+string+1&recurrence[package_id]=sample+string+2&"+
		"recurrence[name]=sample+string+3&recurrence[price]=4.0&"+
		"recurrence[services][0][service_id]=sample+string+1&recurrence[services][0][transaction_limit]=2&"+
		"recurrence[services][0][value]=sample+string+3&recurrence[services][0][serviceid_ext]=sample+string+4&"+
		"recurrence[services][1][service_id]=sample+string+1&recurrence[services][1][transaction_limit]=2&"+
		"recurrence[services][1][value]=sample+string+3&recurrence[services][1][serviceid_ext]=sample+string+4"))
}

func BenchmarkAppendJSON(b *testing.B) { benchmarkAppend(b, wire.JSON) }

func BenchmarkAppendXML(b *testing.B) { benchmarkAppend(b, wire.XML) }

func benchmarkRead(b *testing.B, format wire.Format, body []byte) {
	b.ReportAllocs()
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		var model dynamicsv1.UpgradeDowngrade
		if err := wire.Read(format, body, wire.DefaultLimits, &model); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkAppend(b *testing.B, format wire.Format) {
	var answer proto.Message = &dynamicsv1.UpdateRecurrenceResponse{}
	if err := wire.Read(wire.XML, sample(b, "dynamics-response.xml"), wire.DefaultLimits, answer); err != nil {
		b.Fatal(err)
	}
	var buffer []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if buffer, err = wire.Append(buffer[:0], format, answer); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(buffer)))
}
