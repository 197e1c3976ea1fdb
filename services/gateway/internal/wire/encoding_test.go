package wire_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"testing"
	"time"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

// What a program written by hand would use for the documented messages of Dynamics.
type (
	plainRequest struct {
		XMLName    xml.Name `json:"-" xml:"UpgradeDowngradeCrmModelApi"`
		Recurrence *struct {
			RecurrenceID *string      `json:"recurrence_id" xml:"recurrence_id"`
			PackageID    *string      `json:"package_id" xml:"package_id"`
			Name         *string      `json:"name" xml:"name"`
			Price        *json.Number `json:"price" xml:"price"`
			Services     []struct {
				ServiceID        *string `json:"service_id" xml:"service_id"`
				TransactionLimit *int32  `json:"transaction_limit" xml:"transaction_limit"`
				Value            *string `json:"value" xml:"value"`
				ServiceIDExt     *string `json:"serviceid_ext" xml:"serviceid_ext"`
			} `json:"services" xml:"services>ServicesModel"`
		} `json:"recurrence" xml:"recurrence"`
	}
	plainAnswer struct {
		XMLName       xml.Name       `json:"-" xml:"ResponseModelApiOfCustomerModelApi"`
		Success       *bool          `json:"success" xml:"success"`
		Message       *string        `json:"message" xml:"message"`
		MessageDetail []string       `json:"messageDetail" xml:"messageDetail>string"`
		FailureCode   *string        `json:"failureCode" xml:"failureCode"`
		Data          *plainCustomer `json:"data" xml:"data"`
	}
	plainCustomer struct {
		CustomerID                                                                     *string `json:"CustomerId" xml:"CustomerUuid"`
		GrantorTaxId, CustomerTaxId, BusinessName, Name, Surname1, Surname2            *string //nolint:revive // the vendor's names
		CustomerTypeId, CitizenshipId                                                  *int32  //nolint:revive // the vendor's names
		ContactInfo                                                                    *plainContact
		CustomerContactInfoes                                                          []plainContact `xml:"CustomerContactInfoes>ContactInfoModelApi"`
		Street, ExternalNumber, InternalNumber, District, ZipCode, Municipality, State *string
		Country, CustomerCode, NumRegIdTrib, ResidenceTax                              *string //nolint:revive // the vendor's names
		DeliveryPortal                                                                 *struct {
			DeliveryPortal                                            *bool
			UrlDeliveryPortal, UserDeliveryPortal, PassDeliveryPortal *string //nolint:revive // the vendor's names
		}
		Settings *struct {
			Collaborative                      *bool `xml:"IsCollaborative"`
			ReceivePayments, CollectionAdvance *bool
			PaymentDates                       []struct{ CutOffDate, PaymentDate *string } `xml:"Collaborative_Dates>CollaborativeDatesModelApi"`
		} `xml:"CustomerSettings"`
		Defaults *struct {
			SellerId                                                                *string //nolint:revive // the vendor's names
			PaymentCondition                                                        *int32
			ContactId, PaymentWay, PaymentMethod, UseCfdi, UseCfdiv40, FiscalRegime *string //nolint:revive // the vendor's names
			FiscalRegimeV40                                                         *string
			CurrencyId, ExchangeRateTypeId                                          *int32 //nolint:revive // the vendor's names
			ExchangeRate                                                            *json.Number
			Logo                                                                    *string
		}
	}
	plainContact struct {
		CustomerContactInfoesId, Email, Phone                                               *string //nolint:revive // the vendor's names
		CellPhone                                                                           *string `xml:"Cellphone"`
		PrefixPhone, PrefixCellphone, ContactName                                           *string
		PhoneActive, EmailActive, CellphoneActive, REPNotification, NewDocumentNotification *bool
		CollectiontNotification                                                             *bool
	}
)

// BenchmarkAgainstEncoding measures the codec against encoding/json and encoding/xml, with structs, on the
// documented request and answer.
func BenchmarkAgainstEncoding(b *testing.B) {
	for _, format := range []struct {
		wire.Format
		request, answer string
		read            func([]byte, any) error
		write           func(into *bytes.Buffer, value any) error
	}{
		{wire.JSON, "dynamics-request.json", "dynamics-response.json", json.Unmarshal,
			func(into *bytes.Buffer, value any) error { return json.NewEncoder(into).Encode(value) }},
		{wire.XML, "dynamics-request.xml", "dynamics-response.xml", xml.Unmarshal,
			func(into *bytes.Buffer, value any) error { return xml.NewEncoder(into).Encode(value) }},
	} {
		b.Run(format.String()+"In", func(b *testing.B) {
			body := sample(b, format.request)
			compare(b, func() error {
				return wire.Read(format.Format, body, wire.DefaultLimits, &dynamicsv1.UpgradeDowngrade{})
			},
				func() error { return format.read(body, &plainRequest{}) })
		})
		b.Run(format.String()+"Out", func(b *testing.B) {
			body, answer, plain := sample(b, format.answer), &dynamicsv1.UpdateRecurrenceResponse{}, &plainAnswer{}
			if err := wire.Read(format.Format, body, wire.DefaultLimits, answer); err != nil {
				b.Fatal(err)
			}
			if err := format.read(body, plain); err != nil {
				b.Fatal(err)
			}
			var written bytes.Buffer
			if err := format.write(&written, plain); err != nil || !bytes.Equal(withoutSpaces(bytes.TrimSpace(written.Bytes())), withoutSpaces(body)) {
				b.Fatalf("the struct is written as\n%s, %v, want\n%s", &written, err, body)
			}
			var buffer []byte
			compare(b, func() (err error) {
				buffer, err = wire.Append(buffer[:0], format.Format, answer)
				return err
			}, func() error {
				written.Reset()
				return format.write(&written, plain)
			})
		})
	}
}

// withoutSpaces returns XML without the declarations of namespaces, which encoding/xml would write on each
// element. It returns JSON unchanged.
func withoutSpaces(body []byte) []byte {
	start, end := bytes.Index(body, []byte(" xmlns")), bytes.IndexByte(body, '>')
	if start < 0 || end < start {
		return body
	}
	return append(bytes.Clone(body[:start]), body[end:]...)
}

// compare measures two functions in turn and reports the ratio of their best speeds, as other programs on
// the machine slow some rounds down.
func compare(b *testing.B, ours, theirs func() error) {
	b.Helper()
	rate := func(do func() error) float64 {
		began, done := time.Now(), 0
		for ; time.Since(began) < 5*time.Millisecond; done++ {
			if err := do(); err != nil {
				b.Fatal(err)
			}
		}
		return float64(done) / time.Since(began).Seconds()
	}
	var own, other float64
	for b.Loop() {
		for range 50 {
			own, other = max(own, rate(ours)), max(other, rate(theirs))
		}
	}
	b.ReportMetric(own/other, "ratio")
	b.ReportMetric(0, "ns/op") // one operation is the whole comparison
}
