// Command reasonlint is a `go vet` tool that reports error reasons written as string literals. Reasons must be constants of
// package reason, which is generated from continuo.errors.v1; a literal compiles too, but may not exist in the enum. Tests
// may use any reason.
package main

import (
	"go/ast"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
)

const reasonPackage = "github.com/continuo-billing/continuo/gen/reason"

func main() {
	unitchecker.Main(&analysis.Analyzer{
		Name: "reason",
		Doc:  "reports error reasons that are string literals instead of constants of package reason",
		Run:  run,
	})
}

func run(pass *analysis.Pass) (any, error) {
	if pass.Pkg.Path() == reasonPackage {
		return nil, nil
	}
	for _, file := range pass.Files {
		if strings.HasSuffix(pass.Fset.Position(file.Pos()).Filename, "_test.go") {
			continue
		}
		ast.Inspect(file, func(node ast.Node) bool {
			if text, ok := node.(*ast.BasicLit); ok && isReason(pass.TypesInfo.TypeOf(text)) && text.Value != `""` {
				pass.Reportf(text.Pos(), "reason %s is a string literal: use a constant of package reason, or add the reason to errors.proto", text.Value)
			}
			return true
		})
	}
	return nil, nil
}

func isReason(t types.Type) bool {
	named, ok := types.Unalias(t).(*types.Named)
	return ok && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == reasonPackage && named.Obj().Name() == "Reason"
}
