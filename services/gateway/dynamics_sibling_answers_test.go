package gateway

import (
	"slices"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/type/decimal"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
)

func TestDynamicsSiblingAnswers(t *testing.T) {
	const envelope = `<success>true</success>`
	backend := startBackend(t)
	server := startGateway(t, backend, everyRoute)
	for _, c := range []struct {
		path, jsonText, xmlText string
		answer                  proto.Message
	}{
		{
			"/api/Grantor/G", `{"success":true,"message":null,"messageDetail":null,"failureCode":null,"data":{"GrantorTaxId":"G","ShortName":null,"BusinessName":null,` +
				`"CreationDate":null,"FunctionaryName1":null,"FunctionaryName2":null,"FunctionarySurname1":null,"FunctionarySurname2":null,` +
				`"PlanStatus":{"From":"2026-03-01T00:00:00-06:00","To":"2026-03-31T23:59:59-06:00","Detail":{"ServiceCode":"S","ServiceName":null,"TotalIncluded":100,"TotalConsumed":5000000000}}}}`,
			envelope + `<data><GrantorTaxId>G</GrantorTaxId><CreationDate xsi:nil="true" /><PlanStatus><From>2026-03-01T00:00:00-06:00</From><To>2026-03-31T23:59:59-06:00</To>` +
				`<Detail><ServiceCode>S</ServiceCode><TotalIncluded>100</TotalIncluded><TotalConsumed>5000000000</TotalConsumed></Detail></PlanStatus></data>`,
			&dynamicsv1.GetGrantorResponse{Success: proto.Bool(true), Data: &dynamicsv1.Grantor{GrantorTaxId: proto.String("G"), PlanStatus: &dynamicsv1.PlanStatus{
				From: proto.String("2026-03-01T00:00:00-06:00"), To: proto.String("2026-03-31T23:59:59-06:00"),
				Detail: &dynamicsv1.PlanDetail{ServiceCode: proto.String("S"), TotalIncluded: proto.Int64(100), TotalConsumed: proto.Int64(5_000_000_000)},
			}}},
		},
		{
			"/api/Invoice/Defaults/G/C/1", `{"success":true,"message":null,"messageDetail":null,"failureCode":null,"data":{"PaymentCondition":0,"ContactInfo":"00000000-0000-0000-0000-000000000000",` +
				`"ContactInfoValue":null,"BranchId":null,"BranchValue":null,"BranchZipCode":null,"SellerId":"00000000-0000-0000-0000-000000000000","SellerValue":null,"Partiality":null,` +
				`"PaymentMethod":"PUE","PaymentWay":null,"CFDIUse":null,"RelatedTypeId":null,"CurrencyId":null}}`,
			envelope + `<data><PaymentCondition>0</PaymentCondition><ContactInfo>00000000-0000-0000-0000-000000000000</ContactInfo><BranchId xsi:nil="true" />` +
				`<SellerId>00000000-0000-0000-0000-000000000000</SellerId><PaymentMethod>PUE</PaymentMethod><CurrencyId xsi:nil="true" /></data>`,
			&dynamicsv1.GetInvoiceDefaultsResponse{Success: proto.Bool(true), Data: &dynamicsv1.InvoiceDefaults{PaymentMethod: proto.String("PUE")}},
		},
		{
			"/api/dynamics/clients/C/recurrences", `{"success":true,"message":null,"messageDetail":null,"failureCode":null,"data":[{"recurrence_id":"R","package_id":"P","name":null,"price":4.0,` +
				`"services":[{"service_id":"S","transaction_limit":2,"value":null,"serviceid_ext":null}]}]}`,
			envelope + `<data><RecurrencesModel><recurrence_id>R</recurrence_id><package_id>P</package_id><price>4</price><services><ServicesModel><service_id>S</service_id>` +
				`<transaction_limit>2</transaction_limit></ServicesModel></services></RecurrencesModel></data>`,
			&dynamicsv1.ListRecurrencesResponse{Success: proto.Bool(true), Data: &dynamicsv1.RecurrenceList{Items: []*dynamicsv1.Recurrence{{
				RecurrenceId: proto.String("R"), PackageId: proto.String("P"), Price: &decimal.Decimal{Value: "4"},
				Services: &dynamicsv1.ServiceList{Items: []*dynamicsv1.ContractedService{{ServiceId: proto.String("S"), TransactionLimit: proto.Int32(2)}}},
			}}}},
		},
	} {
		backend.answers(c.answer, nil)
		if got := (request{"GET", c.path, "", ""}).send(t, server.URL); got.text != c.jsonText {
			t.Errorf("got  %s\nwant %s", got.text, c.jsonText)
		}
		got := request{"GET", c.path, "", ""}.send(t, server.URL, "Accept", "application/xml")
		if text := strings.ReplaceAll(got.text, `"/>`, `" />`); !strings.Contains(text, c.xmlText) {
			t.Errorf("got  %s\nwant %s", text, c.xmlText)
		}
	}
	backend.answers(&dynamicsv1.UpdateFiscalDataResponse{Data: &dynamicsv1.FiscalData{BusinessName: proto.String("B")}}, nil)
	fiscal := dynamicsSiblings[1]
	if got := (request{"PUT", fiscal.path, "application/json", fiscal.jsonBody}).send(t, server.URL); !strings.Contains(got.text, `"BusinessName":"B"`) {
		t.Errorf("got %s", got.text)
	}
	if got := (request{"PUT", fiscal.path, "text/xml", fiscal.xmlBody}).send(t, server.URL); !strings.Contains(got.text, "<businessName>B</businessName>") {
		t.Errorf("got %s", got.text)
	}
	backend.answers(&dynamicsv1.AddPacServiceResponse{Data: &dynamicsv1.Nothing{}}, nil)
	added := dynamicsSiblings[3]
	if got := (request{"POST", added.path, "application/json", added.jsonBody}).send(t, server.URL); !strings.HasSuffix(got.text, `"data":{}}`) {
		t.Errorf("got %s", got.text)
	}
	if got := (request{"POST", added.path, "text/xml", added.xmlBody}).send(t, server.URL); !strings.Contains(got.text, "<data") || !strings.HasPrefix(got.text, "<ResponseModelApiOfObject") {
		t.Errorf("got %s", got.text)
	}
}

// Each answer of the contract has the members of its envelope, which carry failures, and is sent by a sibling of the table.
func TestEveryAnswerIsAnEnvelope(t *testing.T) {
	var tested []protoreflect.FullName
	for _, one := range dynamicsSiblings {
		tested = append(tested, one.want.ProtoReflect().Descriptor().FullName())
	}
	for _, backend := range backendsOf(Config{}) {
		for _, offered := range backend.services {
			if !strings.HasPrefix(string(offered.name), "dynamics.") {
				continue
			}
			methods := serviceOf(t, offered.name).Methods()
			for i := range methods.Len() {
				method := methods.Get(i)
				for _, member := range []protoreflect.Name{"success", "message", "message_detail", "failure_code", "data"} {
					if method.Output().Fields().ByName(member) == nil {
						t.Errorf("%s has no %s", method.Output().FullName(), member)
					}
				}
				if request := method.Input().FullName(); request != "dynamics.v1.UpdateRecurrenceRequest" && !slices.Contains(tested, request) {
					t.Errorf("no sibling sends %s", request)
				}
			}
		}
	}
}

func serviceOf(t *testing.T, name protoreflect.FullName) protoreflect.ServiceDescriptor {
	t.Helper()
	found, err := protoregistry.GlobalFiles.FindDescriptorByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return found.(protoreflect.ServiceDescriptor)
}
