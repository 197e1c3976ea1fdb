package database

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// unsent is a statement that was not sent yet: BEGIN, or one of Later.
type unsent struct {
	text string
	args []any
	how  later
}

// divisionByZero is the error code of a statement that should have changed a row; see checked.
const divisionByZero = "22012"

// checked returns the statement, or for one of LaterOne, one that fails with a division by zero if it changes no row.
func (u unsent) checked() string {
	if !u.how.one {
		return u.text
	}
	return "WITH changed AS (" + strings.TrimRight(u.text, "; \n") + "\nRETURNING 1) SELECT 1 / count(*) FROM changed"
}

// failure returns the error of a statement as its caller explains it.
func (u unsent) failure(err error) error {
	if u.how.explain == nil {
		return err
	}
	var pg *pgconn.PgError
	if u.how.one && errors.As(err, &pg) && pg.Code == divisionByZero {
		err = ErrNoRow
	}
	return u.how.explain(err)
}
