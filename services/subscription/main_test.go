package subscription_test

import (
	"fmt"
	"os"
	"testing"

	"github.com/continuo-billing/continuo/services/subscription/internal/store"
)

// TestMain fails if any call of the tests has written into a document that the store hands to many readers.
func TestMain(m *testing.M) {
	check := store.Guard()
	code := m.Run()
	if err := check(); err != nil {
		fmt.Println(err)
		code = 1
	}
	os.Exit(code)
}
