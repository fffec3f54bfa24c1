package dockerfile_test

import (
	"fmt"
	"strings"

	"github.com/gcpdeploy/gcpdeploy/internal/dockerfile"
	"github.com/gcpdeploy/gcpdeploy/templates"
)

func ExampleRender() {
	text, err := dockerfile.Render(templates.FS, templates.Main, dockerfile.Data{
		BaseImage: "python:3.12-slim", Entrypoint: []string{"/env/bin/python", "/app/wsgi.py"}, Port: 8080,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	fmt.Println(lines[len(lines)-1])
	// Output: ENTRYPOINT ["/env/bin/python","/app/wsgi.py"]
}
