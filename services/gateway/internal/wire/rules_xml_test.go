package wire_test

import (
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	dynamicsv1 "github.com/continuo-billing/continuo/gen/go/dynamics/v1"
	sedonav1 "github.com/continuo-billing/continuo/gen/go/sedona/v1"
	"github.com/continuo-billing/continuo/services/gateway/internal/wire"
)

const (
	instance = `http://www.w3.org/2001/XMLSchema-instance`
	sedona   = `http://schemas.datacontract.org/2004/07/SedonaServices.Models`
)

func TestDataContract(t *testing.T) {
	both := `{"BillCycle":"M","ItemCode":"I"}`
	wrap := func(members string) string {
		return `<CustomerRecurringUpdate xmlns:i="` + instance + `" xmlns="` + sedona + `"><BillCycle>M</BillCycle>` +
			members + `<ItemCode>I</ItemCode></CustomerRecurringUpdate>`
	}
	runRules(t, wire.XML, line, wrap, []rule{
		{"any order", `<UserDescription>U</UserDescription><CustomerBillId>8</CustomerBillId>`,
			`{"BillCycle":"M","CustomerBillId":8,"ItemCode":"I","UserDescription":"U"}`},
		{"foreign namespace is unknown", `<UserDescription xmlns="urn:x">U</UserDescription>`, both},
		{"no namespace is unknown", `<UserDescription xmlns="">U</UserDescription>`, both},
		{"nested unknown elements", `<X><UserDescription>U</UserDescription></X>`, both},
		{"attributes are ignored", `<UserDescription a="1" xml:lang="en">U</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"U"}`},
		{"nil as 1", `<UserDescription i:nil="1"/>`, both},
		{"nil as false", `<UserDescription i:nil="false">U</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"U"}`},
		{"nil with another case", `<UserDescription i:nil="TRUE"/>`, "!model.UserDescription"},
		{"nil with content", `<UserDescription i:nil="true">U</UserDescription>`, both},
		{"nil of no namespace", `<UserDescription nil="true">U</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"U"}`},
		{"nil is the first duplicate", `<UserDescription i:nil="true"/><UserDescription>U</UserDescription>`, both},
		{"prefix of another name for nil", `<UserDescription xmlns:z="` + instance + `" z:nil="true"/>`, both},
		{"text between members", `text`, "!model"},
		{"white space between members", " \r\n\t&#32;<![CDATA[ ]]>", both},
		{"CDATA between members", "<![CDATA[x]]>", "!model"},
		{"CDATA", `<UserDescription><![CDATA[<U>&amp;]]></UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"<U>&amp;"}`},
		{"CDATA in pieces", `<UserDescription>a<![CDATA[b]]>c<![CDATA[]]>d</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"abcd"}`},
		{"comment in a text", `<UserDescription>a<!-- b -->c</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"ac"}`},
		{"comment in an integer", `<CustomerBillId>1<!-- -->2</CustomerBillId>`, `{"BillCycle":"M","CustomerBillId":12,"ItemCode":"I"}`},
		{"two dashes in a comment", `<!-- a -- b -->`, "!model"},
		{"line ends", "<UserDescription>a\r\nb\rc&#13;d</UserDescription>", `{"BillCycle":"M","ItemCode":"I","UserDescription":"a\nb\nc\rd"}`},
		{"references", `<UserDescription>&quot;&apos;&#65;&#x1F600;&#x41;</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"\"'A😀A"}`},
		{"reference to half a pair", `<UserDescription>&#xD83D;x&#xDE00;</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"�x�"}`},
		{"references to both halves of a pair", `<UserDescription>&#xD83D;&#xD83D;&#56832;</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"�😀"}`},
		{"reference beyond Unicode", `<UserDescription>&#x110000;</UserDescription>`, "!model"},
		{"references to what XML forbids", `<UserDescription>&#1;&#0;</UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":"\u0001\u0000"}`},
		{"reference with an underscore", `<UserDescription>&#1_0;</UserDescription>`, "!model"},
		{"huge reference", `<UserDescription>&#99999999999999999999;</UserDescription>`, "!model"},
		{"reference with a capital X", `<UserDescription>&#X41;</UserDescription>`, "!model"},
		{"reference without a number", `<UserDescription>&#;</UserDescription>`, "!model"},
		{"reference not closed", `<UserDescription>&amp</UserDescription>`, "!model"},
		{"unknown entity", `<UserDescription>&nbsp;</UserDescription>`, "!model"},
		{"ampersand", `<UserDescription>a & b</UserDescription>`, "!model"},
		{"control character", "<UserDescription>a\x01b</UserDescription>", "!model"},
		{"end of CDATA in a text", `<UserDescription>]]></UserDescription>`, "!model"},
		{"processing instruction", `<?php ?>`, "!model"},
		{"attribute twice", `<X a="1" a="2"/>`, "!model"},
		{"attribute without quotes", `<X a=1/>`, "!model"},
		{"attribute without a value", `<X a/>`, "!model"},
		{"less-than in an attribute", `<X a="<"/>`, "!model"},
		{"attributes without space between", `<X a="1"b="2"/>`, "!model"},
		{"prefix that is not bound", `<x:Y/>`, "!model"},
		{"attribute's prefix that is not bound", `<X x:a="1"/>`, "!model"},
		{"prefix bound in the tag itself", `<x:Y xmlns:x="urn:x"/>`, both},
		{"prefix out of scope", `<x:Y xmlns:x="urn:x"/><x:Y/>`, "!model"},
		{"name that starts with a digit", `<1/>`, "!model"},
		{"space before the name", `< X/>`, "!model"},
		{"space after the name", "<X ></X\n>", both},
		{"integer in spaces", "<CustomerBillId>\n 8 </CustomerBillId>", `{"BillCycle":"M","CustomerBillId":8,"ItemCode":"I"}`},
		{"integer with leading zeros", `<CustomerBillId>008</CustomerBillId>`, `{"BillCycle":"M","CustomerBillId":8,"ItemCode":"I"}`},
		{"integer with a point", `<CustomerBillId>8.0</CustomerBillId>`, "!model.CustomerBillId"},
		{"integer in hexadecimal", `<CustomerBillId>0x8</CustomerBillId>`, "!model.CustomerBillId"},
		{"integer out of range", `<CustomerBillId>2147483648</CustomerBillId>`, "!model.CustomerBillId"},
		{"integer in CDATA", `<CustomerBillId><![CDATA[8]]></CustomerBillId>`, `{"BillCycle":"M","CustomerBillId":8,"ItemCode":"I"}`},
		{"child in an integer", `<CustomerBillId>8<b/></CustomerBillId>`, "!model.CustomerBillId"},
		{"blank text is kept", `<UserDescription> </UserDescription>`, `{"BillCycle":"M","ItemCode":"I","UserDescription":" "}`},
	})
}

func TestDataContractDocuments(t *testing.T) {
	const members = `<BillCycle>M</BillCycle><ItemCode>I</ItemCode>`
	const open, end = `<CustomerRecurringUpdate xmlns="` + sedona + `"`, `</CustomerRecurringUpdate>`
	both := `{"BillCycle":"M","ItemCode":"I"}`
	runRules(t, wire.XML, line, whole, []rule{
		{"single quotes", `<CustomerRecurringUpdate xmlns='` + sedona + `'>` + members + end, both},
		{"comments around", `<!-- a -->` + open + `>` + members + end + "<!-- b -->\n", both},
		{"byte order mark", "\ufeff" + open + `>` + members + end, both},
		{"declaration", `<?xml version='1.0' encoding='UTF-8' standalone='yes'?>` + open + `>` + members + end, both},
		{"declaration of utf-16, transcoded", `<?xml version="1.0" encoding="utf-16"?>` + open + `>` + members + end, both},
		{"declaration of another encoding", `<?xml version="1.0" encoding="iso-8859-1"?>` + open + `>` + members + end, "!model"},
		{"declaration of XML 1.1", `<?xml version="1.1"?>` + open + `>` + members + end, "!model"},
		{"declaration without version", `<?xml encoding="utf-8"?>` + open + `>` + members + end, "!model"},
		{"declaration after white space", ` <?xml version="1.0"?>` + open + `>` + members + end, "!model"},
		{"white space first", "\r\n " + open + `>` + members + end, both},
		{"white space alone", "  ", "!model"},
		{"nil root", open + ` xmlns:i="` + instance + `" i:nil="true"/>`, "none"},
		{"root's own type", open + ` xmlns:i="` + instance + `" i:type="CustomerRecurringUpdate">` + members + end, both},
		{"root of an unknown type", open + ` xmlns:i="` + instance + `" i:type="Other">` + members + end, "!model"},
		{"type of an unbound prefix", open + ` xmlns:i="` + instance + `" i:type="x:Other">` + members + end, "!model"},
		{"empty root", open + `/>`, "!model.ItemCode,model.BillCycle"},
		{"two roots", open + `>` + members + end + open + `>` + members + end, "!model"},
		{"root not closed", open + `>` + members, "!model"},
		{"end tag alone", `</a>`, "!model"},
		{"end tag with another prefix", `<a:CustomerRecurringUpdate xmlns:a="` + sedona + `"></CustomerRecurringUpdate>`, "!model"},
		{"root in another case", `<customerrecurringupdate xmlns="` + sedona + `"/>`, "!model"},
		{"internal subset", `<!DOCTYPE x [<!ELEMENT x ANY>]>` + open + `>` + members + end, "!model"},
		{"external entity", `<!DOCTYPE x SYSTEM "http://127.0.0.1/x.dtd">` + open + `>` + members + end, "!model"},
		{"prefix xml bound to something else", open + ` xmlns:xml="urn:x">` + members + end, "!model"},
		{"prefix bound to nothing", open + ` xmlns:x="">` + members + end, "!model"},
		{"not UTF-8", open + ">\xff" + members + end, "!model"},
		{"nested 256 deep", open + `>` + strings.Repeat("<X>", 255) + strings.Repeat("</X>", 255) + members + end, both},
		{"nested 257 deep", open + `>` + strings.Repeat("<X>", 256) + strings.Repeat("</X>", 256) + members + end, "!model"},
	})
}

func TestXMLSerializer(t *testing.T) {
	wrap := func(members string) string {
		return `<RecurrencesModel xmlns:xsi="` + instance + `">` + members + `</RecurrencesModel>`
	}
	runRules(t, wire.XML, recurrence, wrap, []rule{
		{"nothing", ``, `{}`},
		{"first duplicate", `<name>a</name><name>b</name>`, `{"name":"a"}`},
		{"names have a case", `<Name>a</Name>`, `{}`},
		{"stray text", `text<name>a</name>more`, `{"name":"a"}`},
		{"lists append", `<services><ServicesModel><value>a</value></ServicesModel></services><services><ServicesModel><value>b</value></ServicesModel></services>`,
			`{"services":[{"value":"a"},{"value":"b"}]}`},
		{"list without items", `<services>text<x/></services>`, `{"services":[]}`},
		{"nil list", `<services xsi:nil="true"/>`, `{}`},
		{"nil item", `<services><ServicesModel xsi:nil="true"/></services>`, `{"services":[{}]}`},
		{"empty item", `<services><ServicesModel/></services>`, `{"services":[{}]}`},
		{"item in another case", `<services><servicesmodel/></services>`, `{"services":[]}`},
		{"item of a namespace", `<services><ServicesModel xmlns="urn:x"/></services>`, `{"services":[]}`},
		{"items beside others", `<services><a/><ServicesModel><value>v</value></ServicesModel>x</services>`, `{"services":[{"value":"v"}]}`},
		{"nil on a text is ignored", `<name xsi:nil="true"/>`, `{"name":""}`},
		{"nil on a decimal is ignored", `<price xsi:nil="true"/>`, "!model.price"},
		{"nil on a decimal with a value", `<price xsi:nil="true">4</price>`, `{"price":4.0}`},
		{"comment before the text", `<name><!-- c -->n</name>`, "!model.name"},
		{"comment in the text", `<name>n<!-- c -->n</name>`, "!model.name"},
		{"comment after the text", `<name>n<!-- c --></name>`, `{"name":"n"}`},
		{"comment between members", `<!-- c --><name>n</name>`, `{"name":"n"}`},
		{"processing instruction", `<?p i?>`, "!model"},
		{"child in a text", `<name><b>n</b></name>`, "!model.name"},
		{"blank text is kept", `<name>  </name>`, `{"name":"  "}`},
		{"decimal with a plus", `<price>+4.50</price>`, `{"price":4.50}`},
		{"decimal with a trailing sign", `<price>4-</price>`, "!model.price"},
		{"decimal with an exponent", `<price>1e2</price>`, "!model.price"},
		{"decimal without whole digits", `<price>.5</price>`, `{"price":0.5}`},
		{"decimal too large", `<price>79228162514264337593543950336</price>`, "!model.price"},
		{"decimal empty", `<price></price>`, "!model.price"},
		{"decimal in hexadecimal", `<price>0x4</price>`, "!model.price"},
		{"unknown type of an item", `<services><ServicesModel xsi:type="Other"/></services>`, "!model.services[0]"},
		{"type of an item", `<services><ServicesModel xsi:type="ServicesModel"><value>v</value></ServicesModel></services>`, `{"services":[{"value":"v"}]}`},
		{"fault in an item", `<services><ServicesModel/><ServicesModel><transaction_limit/></ServicesModel></services>`, "!model.services[1].transaction_limit"},
	})
}

func TestXMLNullables(t *testing.T) {
	wrap := func(members string) string {
		return `<CustomerModelApi xmlns:xsi="` + instance + `">` + members + `</CustomerModelApi>`
	}
	const id = `"CustomerId":"00000000-0000-0000-0000-000000000000"`
	runRules(t, wire.XML, func() proto.Message { return &dynamicsv1.Customer{} }, wrap, []rule{
		{"nil of a nullable", `<CustomerTypeId xsi:nil="true"/>`, `{` + id + `}`},
		{"nil of a nullable with content", `<CustomerTypeId xsi:nil="true">5</CustomerTypeId>`, `{` + id + `}`},
		{"nil that is false", `<CustomerTypeId xsi:nil="0">5</CustomerTypeId>`, `{` + id + `,"CustomerTypeId":5}`},
		{"nil that is neither", `<CustomerTypeId xsi:nil="yes">5</CustomerTypeId>`, "!model.CustomerTypeId"},
		{"empty nullable", `<CustomerTypeId/>`, "!model.CustomerTypeId"},
		{"XML's own name", `<CustomerUuid>08DE22C4-0f8b-cf6b-ba1f-9f7acc681e9b</CustomerUuid>`, `{"CustomerId":"08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b"}`},
		{"JSON's name in XML", `<CustomerId>08de22c4-0f8b-cf6b-ba1f-9f7acc681e9b</CustomerId>`, `{` + id + `}`},
		{"bool as 1", `<CustomerSettings><IsCollaborative> 1 </IsCollaborative></CustomerSettings>`,
			`{` + id + `,"Settings":{"Collaborative":true,"CollectionAdvance":false,"ReceivePayments":false}}`},
		{"bool in another case", `<CustomerSettings><IsCollaborative>True</IsCollaborative></CustomerSettings>`, "!model.Settings.Collaborative"},
	})
}

func TestListRoot(t *testing.T) {
	list := func() proto.Message { return &sedonav1.ListItemsResponse{} }
	const open = `<ArrayOfItem xmlns="` + sedona + `"`
	one := `[{"Inactive":false,"ItemCode":"A","NonDeferredIncome":false,"SalesItem":false,"ServiceItem":false,"Taxable":false}]`
	runRules(t, wire.XML, list, whole, []rule{
		{"items", open + `><Item><ItemCode>A</ItemCode></Item><Other/></ArrayOfItem>`, one},
		{"no items", open + `/>`, `[]`},
		{"text", open + `>text</ArrayOfItem>`, "!model"},
	})
	runRules(t, wire.JSON, list, whole, []rule{
		{"array", `[{"ItemCode":"A"}]`, one},
		{"object", `{"items":[]}`, "!model"},
	})
}
