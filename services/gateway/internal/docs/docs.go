// Package docs is the documentation page: a guide, all operations of the OpenAPI document with a
// search, and a form to try each. It is plain HTML, CSS and JavaScript of our own, a few hundred
// lines: the well-known pages for OpenAPI have no guide, read badly on a phone, and cannot send the
// XML and the forms of the vendor contracts.
package docs

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var page embed.FS

// policy forbids everything but the gateway's own files and requests to it.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

// Handler serves the page below a path.
func Handler(path string) http.Handler {
	files, err := fs.Sub(page, "page")
	if err != nil {
		panic(err) // only for a folder whose name is no path
	}
	server := http.StripPrefix(path, http.FileServerFS(files))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", policy)
		w.Header().Set("Referrer-Policy", "no-referrer")
		server.ServeHTTP(w, r)
	})
}

// Welcome serves `/`: browsers get a page that says where to go, others the same as JSON.
func Welcome(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Vary", "Accept")
	if wantsHTML(r) {
		w.Header().Set("Content-Security-Policy", policy)
		http.ServeFileFS(w, r, page, "page/welcome.html")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte(places)) // the caller may have disconnected
}

// places are the paths that are worth knowing.
const places = `{"name":"Continuo","documentation":"/docs/","openapi":"/openapi.json",` +
	`"protos":"/protos.zip","descriptors":"/protos.binpb","health":"/healthz","readiness":"/readyz"}
`
