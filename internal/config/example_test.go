package config_test

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/gcp/run"
	"github.com/gcpdeploy/gcpdeploy/internal/config"
)

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, config.DefaultFile), []byte("service: hello\nrun: {memory: 1Gi}\n"), 0o600); err != nil {
		panic(err)
	}
	c, err := config.Load(config.Input{Dir: dir, Targets: targets, Flags: map[string][]string{"memory": {"2Gi"}}})
	if err != nil {
		panic(err)
	}
	c.Adopt(config.Detected{Python: "3.13", From: map[string]string{"python": ".python-version"}})
	for _, key := range []string{"service", "run.memory", "python", "base_image"} {
		fmt.Println(key, "from", c.Origin[key])
	}
	fmt.Println(c.Service, c.Settings.(*run.Settings).Memory, c.BaseImage)
	// Output:
	// service from gcpdeploy.yaml:1
	// run.memory from --memory
	// python from .python-version
	// base_image from default
	// hello 2Gi python:3.13-slim
}

func ExampleParseCommand() {
	plain, _ := config.ParseCommand(`gunicorn "app:create_app()"`)
	shell, _ := config.ParseCommand(`python manage.py migrate && gunicorn -b :$PORT shop.wsgi`)
	fmt.Printf("%q\n%q\n", plain, shell)
	// Output:
	// ["gunicorn" "app:create_app()"]
	// ["/bin/sh" "-c" "python manage.py migrate && exec gunicorn -b :$PORT shop.wsgi"]
}
