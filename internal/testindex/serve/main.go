// Command serve serves a folder of sdists and wheels as a package index, for
// tests whose builds reach it in a container: `serve ADDRESS FOLDER`. With
// INDEX_LOGIN=USER:PASSWORD it asks for that; with INDEX_TLS=FOLDER, where cert.pem
// and key.pem are, it is a proxy behind which every host is the index.
package main

import (
	"crypto/tls"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/testindex"
)

func main() {
	log.Fatal(serve(os.Args[1], os.Args[2]))
}

func serve(addr, folder string) error {
	index, err := testindex.Folder(os.DirFS(folder))
	if err != nil {
		return err
	}
	var h http.Handler = index
	if user, password, ok := strings.Cut(os.Getenv("INDEX_LOGIN"), ":"); ok {
		h = testindex.Private(index, user, password)
	}
	if dir := os.Getenv("INDEX_TLS"); dir != "" {
		cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem"))
		if err != nil {
			return err
		}
		h = testindex.Tunnel(h, cert)
	}
	s := &http.Server{Addr: addr, Handler: h, ReadHeaderTimeout: 10 * time.Second}
	return s.ListenAndServe()
}
