// Package imagefile reads a Dockerfile that was written for another way to
// deploy: what its last stage starts, from which folder, where the files come
// from, and which packages of the system it installs. It builds nothing.
package imagefile

import (
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
)

// Image is what the last stage comes to, with the stages that it is based on.
type Image struct {
	Base     string // the image at the bottom, "" when a variable without a value hides it
	BaseLine int
	Command  []string // ENTRYPOINT and CMD in exec form, as one
	Line     int      // of the instruction that names the program
	Script   bool     // ENTRYPOINT is a program, and CMD what it is given
	Dir      string   // WORKDIR
	Env      map[string]string
	Installs []Install

	copies []copied
	stages map[string]*Image
}

// Install is a package that apt-get installs.
type Install struct {
	Package string
	Line    int
	Early   bool // in a stage that only builds
}

// copied is one COPY: sources of the context, or of another stage.
type copied struct {
	sources []string
	to      string
	other   bool   // from another stage or image
	stage   *Image // that stage, nil for an image
}

// Read reads a Dockerfile's text; ok is false where it cannot be read.
func Read(text string) (image *Image, ok bool) {
	result, err := parser.Parse(strings.NewReader(text))
	if err != nil {
		return nil, false
	}
	stages, args, err := instructions.Parse(result.AST, nil)
	if err != nil || len(stages) == 0 {
		return nil, false
	}
	given := map[string]string{}
	for _, a := range args {
		for _, kv := range a.Args {
			given[kv.Key] = expand(kv.ValueString(), given)
		}
	}
	named := map[string]*Image{}
	var early []Install
	for i, s := range stages {
		image = start(s, named, given)
		for _, c := range s.Commands {
			image.instruction(c, given)
		}
		named[strconv.Itoa(i)] = image
		if s.Name != "" {
			named[strings.ToLower(s.Name)] = image
		}
		if i < len(stages)-1 {
			early = append(early, image.Installs...)
		}
	}
	for _, in := range early {
		if !slices.Contains(image.Installs, in) {
			in.Early = true
			image.Installs = append(image.Installs, in)
		}
	}
	return image, true
}

// start is a stage as its base has it.
func start(s instructions.Stage, named map[string]*Image, args map[string]string) *Image {
	base := expand(s.BaseName, args)
	if from := named[strings.ToLower(base)]; from != nil {
		next := *from
		next.Env, next.Installs, next.copies = maps.Clone(from.Env), slices.Clone(from.Installs), slices.Clone(from.copies)
		return &next
	}
	image := &Image{Base: base, Dir: "/", Env: map[string]string{}, stages: named}
	if len(s.Location) > 0 {
		image.BaseLine = s.Location[0].Start.Line
	}
	if strings.Contains(base, "$") {
		image.Base = ""
	}
	return image
}

func (m *Image) instruction(c instructions.Command, args map[string]string) {
	line := 0
	if at := c.Location(); len(at) > 0 {
		line = at[0].Start.Line
	}
	values := maps.Clone(args)
	maps.Copy(values, m.Env)
	switch c := c.(type) {
	case *instructions.EnvCommand:
		for _, kv := range c.Env {
			m.Env[kv.Key] = expand(strings.Trim(kv.Value, `"'`), values)
		}
	case *instructions.ArgCommand:
		for _, kv := range c.Args {
			if kv.Value != nil {
				args[kv.Key] = expand(*kv.Value, values)
			}
		}
	case *instructions.WorkdirCommand:
		m.Dir = join(m.Dir, expand(c.Path, values))
	case *instructions.CopyCommand:
		m.copy(c.SourcePaths, c.DestPath, c.From, values)
	case *instructions.AddCommand:
		m.copy(c.SourcePaths, c.DestPath, "", values)
	case *instructions.RunCommand:
		for _, name := range installs(strings.Join(c.CmdLine, " "), c.Files) {
			m.Installs = append(m.Installs, Install{Package: name, Line: line})
		}
	case *instructions.EntrypointCommand:
		m.Command, m.Line, m.Script = form(c.ShellDependantCmdLine), line, !c.PrependShell
	case *instructions.CmdCommand:
		if command := form(c.ShellDependantCmdLine); m.Script {
			m.Command = append(slices.Clone(m.Command), command...)
		} else {
			m.Command, m.Line = command, line
		}
	}
}

func form(c instructions.ShellDependantCmdLine) []string {
	if c.PrependShell {
		return []string{"/bin/sh", "-c", strings.Join(c.CmdLine, " ")}
	}
	return slices.Clone(c.CmdLine)
}

func (m *Image) copy(sources []string, to, from string, values map[string]string) {
	all := make([]string, len(sources))
	for i, s := range sources {
		all[i] = expand(s, values)
	}
	target := join(m.Dir, expand(to, values))
	if strings.HasSuffix(to, "/") || target == m.Dir || len(sources) > 1 {
		target += "/"
	}
	m.copies = append(m.copies, copied{all, target, from != "", m.stages[strings.ToLower(from)]})
}

func join(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}

// expand puts values in for variables; one without a value stays.
func expand(text string, values map[string]string) string {
	return os.Expand(text, func(name string) string {
		name, fallback, has := strings.Cut(name, ":-")
		switch v, ok := values[name]; {
		case ok:
			return v
		case has:
			return fallback
		}
		return "$" + name
	})
}

// Names are the files that are read, the first that is there.
var Names = []string{"Dockerfile", "Containerfile"}

var official = regexp.MustCompile(`(?:^|/)python:(3\.[0-9]+)(?:[.-].*|@.*)?$`)

// Python is the minor version of the official image that is the base, "" for
// another base.
func (m *Image) Python() string {
	if base := official.FindStringSubmatch(m.Base); base != nil {
		return base[1]
	}
	return ""
}
