package engine

import (
	"os"

	"github.com/gcpdeploy/gcpdeploy/internal/detect"
	"github.com/gcpdeploy/gcpdeploy/internal/python/closure"
)

// projects reads the projects in the app's tree that requirements name.
func projects(dir string) func(string, []string) (closure.Project, error) {
	return func(name string, extras []string) (closure.Project, error) {
		own, err := detect.Project(os.DirFS(dir), name, extras)
		if err != nil {
			return closure.Project{}, err
		}
		return closure.Project{
			Name: own.Name, Requires: places(own.Requires), Files: own.Files, Build: places(own.Build), Opaque: own.Opaque,
		}, nil
	}
}

// places hands over requirements with their places.
func places(list []detect.Located) (all []closure.Strings) {
	for _, l := range list {
		all = append(all, closure.Strings{File: l.File, Lines: []closure.Located{{Text: l.Text, Line: l.Line}}})
	}
	return all
}
