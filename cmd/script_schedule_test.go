package cmd_test

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"

	"github.com/rogpeppe/go-internal/testscript"
)

// serveWebhook takes what is posted to a URL, which it keeps in the variable, as files
// of the folder: 1.json, 2.json.
func serveWebhook(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "webhook VARIABLE FOLDER")
	dir := ts.MkAbs(args[1])
	ts.Check(os.Mkdir(dir, 0o755))
	var mu sync.Mutex
	var posts int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			posts++
			err = os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.json", posts)), body, 0o644)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}))
	ts.Defer(s.Close)
	ts.Setenv(args[0], s.URL+"/hook")
}

// keepSecret makes a secret of the script's emulators.
func keepSecret(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) == 2, "secret NAME VALUE")
	g := callerOf(ts)
	g.call("POST", "v1/projects/local/secrets?secretId="+args[0], `{"replication": {"automatic": {}}}`, nil)
	value := base64.StdEncoding.EncodeToString([]byte(args[1]))
	g.call("POST", "v1/projects/local/secrets/"+args[0]+":addVersion", `{"payload": {"data": "`+value+`"}}`, nil)
}
