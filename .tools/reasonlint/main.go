// Command reasonlint is a `go vet` tool that finds reasons written as text. A reason is a constant of package reason, which
// is generated from continuo.errors.v1: text compiles as well, and would be a word that no list has. Tests may make up
// reasons.
package main

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
)

const listed = "github.com/continuo-billing/continuo/gen/reason"

func main() {
	unitchecker.Main(&analysis.Analyzer{
		Name: "reason",
		Doc:  "reports reasons of errors that are written as text instead of a constant of package reason",
		Run:  run,
	})
}

func run(pass *analysis.Pass) (any, error) {
	if pass.Pkg.Path() == listed {
		return nil, nil
	}
	for _, file := range pass.Files {
		if strings.HasSuffix(pass.Fset.Position(file.Pos()).Filename, "_test.go") {
			continue
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if text, ok := node.(*ast.BasicLit); ok && isReason(pass.TypesInfo.TypeOf(text)) && text.Value != `""` {
				pass.Reportf(text.Pos(), "%s is written as text: use a constant of package reason, or add the reason to errors.proto", text.Value)
			}
			return true
		})
	}
	return nil, nil
}

func isReason(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == listed && named.Obj().Name() == "Reason"
}
