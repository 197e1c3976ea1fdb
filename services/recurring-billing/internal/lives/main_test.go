package lives_test

import (
	"os"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/database/databasetest"
)

func TestMain(m *testing.M) { os.Exit(databasetest.Main(m)) }
