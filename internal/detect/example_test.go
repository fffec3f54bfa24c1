package detect_test

import (
	"fmt"
	"testing/fstest"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
)

func ExampleEntrypoint() {
	app := fstest.MapFS{"main.py": {Data: []byte("from fastapi import FastAPI\n\napp = FastAPI()\n")}}
	found, err := detect.Entrypoint(app, func(pkg string) bool { return pkg == "fastapi" || pkg == "uvicorn" })
	fmt.Printf("%q from %s, %v\n", found.Value, found.From, err)
	// Output:
	// ["/bin/sh" "-c" "exec uvicorn main:app --host 0.0.0.0 --port ${PORT:-8080}"] from main.py, <nil>
}
