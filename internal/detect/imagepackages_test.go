package detect_test

import (
	"strings"
	"testing"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
)

func TestDockerfilePackages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, text, build, runtime, from, note string }{
		{"none", "FROM python:3.12\nRUN pip install x\n", "", "", "", ""},
		{"of both kinds", "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y gcc libpq-dev ffmpeg libgl1 curl\n", "libpq-dev ffmpeg libgl1", "ffmpeg libgl1", "Dockerfile:2", ""},
		{"in a stage that builds", "FROM python:3.12 AS b\nRUN apt-get install -y libxml2-dev ffmpeg\nFROM python:3.12\nRUN apt install graphviz\n", "graphviz libxml2-dev", "graphviz", "Dockerfile:4", ""},
		{"of one release", "FROM python:3.9-buster\nRUN apt-get install -y libgdal20 poppler-utils\n", "poppler-utils", "poppler-utils", "Dockerfile:2", "Dockerfile:2 installs libgdal20, which"},
		{"another base", "FROM ubuntu:22.04\nRUN apt-get install -y ffmpeg\n", "", "", "", "Dockerfile:2 installs ffmpeg, which"},
	} {
		p := detect.DockerfilePackages(tree("Dockerfile", tt.text))
		if join(p.Build) != tt.build || join(p.Runtime) != tt.runtime || p.From != tt.from || !strings.Contains(join(p.Notes), tt.note) || (tt.note == "") != (len(p.Notes) == 0) {
			t.Errorf("%s: %+v", tt.name, p)
		}
	}
	if p := detect.DockerfilePackages(tree()); p.From != "" || p.Build != nil {
		t.Errorf("without a Dockerfile: %+v", p)
	}
}
