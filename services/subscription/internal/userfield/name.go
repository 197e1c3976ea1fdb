package userfield

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/govalues/decimal"
	"golang.org/x/text/unicode/norm"
)

// Name is the name of a user defined field in CRM.COM's contract, such as udf_string_1.
type Name string

// Type is the type of a field's values.
type Type string

// The values of Type.
const (
	String Type = "STRING"
	Float  Type = "FLOAT"
	Date   Type = "DATE"
)

const namePrefix = "udf_"

// names are those of each type, in order.
var names = map[Type][]Name{String: named("string", StringFields), Float: named("float", floatFields), Date: named("date", dateFields)}

func named(of string, fields int) (all []Name) {
	for i := range fields {
		all = append(all, Name(namePrefix+of+"_"+strconv.Itoa(i+1)))
	}
	return all
}

// NameOf returns the name of a field by its index among the fields of its type.
func NameOf(of Type, index int) Name { return names[of][index] }

// Type returns the type of the field's values, or an empty text if there is no such field.
func (n Name) Type() Type {
	typ, _ := n.place()
	return typ
}

// place returns the type of the field and its index among the fields of that type.
func (n Name) place() (Type, int) {
	of, digit, _ := strings.Cut(strings.TrimPrefix(string(n), namePrefix), "_")
	number, err := strconv.Atoi(digit)
	most := map[string]int{"string": StringFields, "float": floatFields, "date": dateFields}[of]
	if err != nil || number < 1 || number > most || namePrefix+of+"_"+strconv.Itoa(number) != string(n) {
		return "", 0
	}
	return Type(strings.ToUpper(of)), number - 1
}

// Value returns the value of a field as text that is the same for equal values; ok reports whether there is one.
func (f *Fields) Value(name Name) (text string, ok bool) {
	switch typ, i := name.place(); {
	case typ == String && f.Strings[i] != nil:
		return norm.NFC.String(*f.Strings[i]), true
	case typ == Float && f.Floats[i] != nil:
		return plainNumber(*f.Floats[i]), true
	case typ == Date && f.Dates[i] != nil:
		return f.Dates[i].String(), true
	}
	return "", false
}

// Remove takes the value of a field away, if it has one.
func (f *Fields) Remove(name Name) {
	switch typ, i := name.place(); typ {
	case String:
		f.Strings[i] = nil
	case Float:
		f.Floats[i] = nil
	case Date:
		f.Dates[i] = nil
	}
}

// plainNumber writes equal numbers the same.
func plainNumber(number decimal.Decimal) string { return number.Trim(0).String() }

// parse returns a text as Value would, or an error if it is no value of the type.
func (t Type) parse(text string) (string, error) {
	switch t {
	case Float:
		number, err := decimal.Parse(text)
		if err != nil {
			return "", fmt.Errorf("%q is not a number", text)
		}
		return plainNumber(number), nil
	case Date:
		moment, err := ParseDateTime(text)
		return moment.String(), err
	}
	return norm.NFC.String(text), nil
}

// Path returns the path of a field in a request.
type Path func(Name) string

// VendorPath returns the paths of requests of the contract, in which an object has its fields side by side with others.
func VendorPath(object string) Path { return func(name Name) string { return object + string(name) } }

// NativePath returns the paths of requests of the native API.
func NativePath(object string) Path {
	return func(name Name) string {
		typ, i := name.place()
		return fmt.Sprintf("%suser_defined_fields.%ss[%d]", object, strings.ToLower(string(typ)), i+1)
	}
}
