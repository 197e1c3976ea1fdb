package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// prefix begins the names of all settings in the environment.
const prefix = "CONTINUO_"

// testPrefix begins the names of what tests tell their own processes.
const testPrefix = "CONTINUO_TEST_"

// groups are the settings of all programs. Programs that run side by side with one environment ignore
// the settings of each other.
type groups struct {
	Log
	Auth
	Data
	Changes
	Exposure
	Logins
	Sealing
	ServiceTLS
	ClientTLS
	Gateway
	CustomerRecurrence
	CustomerRecurrenceStore
	Subscription
	SubscriptionStore
	RecurringBilling
	RecurringBillingStore
	// Settings of single commands.
	Hints bool   `env:"CONTINUO_HINTS"`
	Key   string `env:"CONTINUO_KEY"`
}

// CheckNames returns an error if the environment has a variable CONTINUO_... that is not a setting,
// since a misspelt setting would be ignored without notice. cli holds the settings of a program.
func CheckNames(environment []string, cli any) error {
	known := map[string]bool{}
	collect(reflect.TypeOf(groups{}), known)
	collect(reflect.TypeOf(cli).Elem(), known)
	for _, variable := range environment {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, prefix) && !strings.HasPrefix(name, testPrefix) && !known[name] {
			return fmt.Errorf("%s is not a setting; these are: %s", name, strings.Join(slices.Sorted(maps.Keys(known)), ", "))
		}
	}
	return nil
}

// collect adds the variables of a struct and the structs in it.
func collect(of reflect.Type, known map[string]bool) {
	for i := range of.NumField() {
		field := of.Field(i)
		if name := field.Tag.Get("env"); name != "" {
			known[name] = true
		}
		if field.Type.Kind() == reflect.Struct {
			collect(field.Type, known)
		}
	}
}
