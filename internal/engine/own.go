package engine

import (
	"os"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/requirements"
)

// projects reads the projects in the app's tree that requirements name.
func projects(dir string) func(string, []string) (requirements.Project, error) {
	return func(name string, extras []string) (requirements.Project, error) {
		own, err := detect.Project(os.DirFS(dir), name, extras)
		if err != nil {
			return requirements.Project{}, err
		}
		return requirements.Project{
			Name: own.Name, Requires: places(own.Requires), Files: own.Files, Build: places(own.Build), Opaque: own.Opaque,
		}, nil
	}
}

// places hands over requirements with their places.
func places(list []detect.Located) (all []requirements.Strings) {
	for _, l := range list {
		all = append(all, requirements.Strings{File: l.File, Lines: []requirements.Located{{Text: l.Text, Line: l.Line}}})
	}
	return all
}
