package wire_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	acmev1 "github.com/continuo-billing/continuo/services/gateway/internal/acmetest/acme/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// Enums are numbers in JSON and names in XML. JSON and forms may send either.
func TestEnumsAreNumbersInJSONAndNamesInXML(t *testing.T) {
	first, second := acmev1.Stamper_STAMPER_FIRST, acmev1.Stamper_STAMPER_SECOND
	signing := &acmev1.Signing{Stamper: &first, Former: &second, Others: []acmev1.Stamper{second, first}}
	for format, want := range map[wire.Format]string{
		wire.JSON: `{"Pac":0,"Former":7,"Others":[7,0]}`,
		wire.XML:  `><Pac>Tecsoupac</Pac><Former>Other</Former><Others><Stamper>Other</Stamper><Stamper>Tecsoupac</Stamper></Others></LegalContractPostApiModel>`,
	} {
		text, err := wire.Append(nil, format, signing)
		if err != nil || !strings.HasSuffix(string(text), want) {
			t.Errorf("got %s, error %v, want %s", text, err, want)
		}
		var read acmev1.Signing
		if err := wire.Read(format, text, wire.DefaultLimits, &read); err != nil || !proto.Equal(&read, signing) {
			t.Errorf("%s: read %v, error %v", text, &read, err)
		}
	}
	for body, format := range map[string]wire.Format{
		`{"Pac":"tecsoupac","Former":"7","Others":["Other",0]}`: wire.JSON,
		`Pac=TECSOUPAC&Former=7&Others[]=Other&Others[]=0`:      wire.Form,
	} {
		var read acmev1.Signing
		if err := wire.Read(format, []byte(body), wire.DefaultLimits, &read); err != nil || !proto.Equal(&read, signing) {
			t.Errorf("%s: read %v, error %v", body, &read, err)
		}
	}
	for body, format := range map[string]wire.Format{
		`{"Former":1}`: wire.JSON, `{"Former":"x"}`: wire.JSON, `{"Former":true}`: wire.JSON, `{"Former":7.5}`: wire.JSON, `{"Former":7,"Pac":null}`: wire.JSON,
		`{"Former":null}`: wire.JSON, `Former=8`: wire.Form, `<LegalContractPostApiModel><Former>7</Former></LegalContractPostApiModel>`: wire.XML,
		`<LegalContractPostApiModel><Former>other</Former></LegalContractPostApiModel>`: wire.XML,
	} {
		if err := wire.Read(format, []byte(body), wire.DefaultLimits, &acmev1.Signing{}); err == nil {
			t.Errorf("%s was read", body)
		}
	}
}

// A value type that is not set has the default of .NET.
func TestEnvelopesWithScalarData(t *testing.T) {
	for _, c := range []struct {
		message proto.Message
		format  wire.Format
		want    string
	}{
		{&acmev1.Signed{Success: proto.Bool(true), Data: proto.Bool(true)}, wire.JSON, `{"success":true,"data":true}`},
		{&acmev1.Signed{Success: proto.Bool(true), Data: proto.Bool(true)}, wire.XML, `<success>true</success><data>true</data></ResponseModelApiOfBoolean>`},
		{&acmev1.Signed{}, wire.JSON, `{"success":false,"data":false}`},
		{&acmev1.Cloned{Success: proto.Bool(true), Data: proto.String("08DE22C4-0f8b-cf6b-ba1f-9f7acc681e9b")}, wire.JSON, `{"success":true,"data":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b"}`},
		{&acmev1.Cloned{}, wire.XML, `<data>00000000-0000-0000-0000-000000000000</data></ResponseModelApiOfGuid>`},
		{&acmev1.Signing{}, wire.JSON, `{"Pac":0,"Former":null,"Others":[]}`},
		{&acmev1.Signing{}, wire.XML, `<Pac>Tecsoupac</Pac><Former xsi:nil="true" /><Others /></LegalContractPostApiModel>`},
	} {
		if text, err := wire.Append(nil, c.format, c.message); err != nil || !strings.HasSuffix(string(text), c.want) {
			t.Errorf("got %s, error %v, want %s", text, err, c.want)
		}
	}
}
