package appengine

import (
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// Written is what the versions of a project's services wrote.
func (s *Server) Written(project string) (all []container.Written, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.logs, project, "*"))
	for _, dir := range dirs {
		all = append(all, container.Written{
			Kind: "gae_app", Revision: "version_id",
			Labels: map[string]string{"project_id": project, "module_id": filepath.Base(dir), "zone": s.regionOf(project) + "-a"},
			Log: func(stream string) string {
				switch stream {
				case container.System:
					return "appengine.googleapis.com%2Fvarlog%2Fsystem"
				case container.Requests:
					return "appengine.googleapis.com%2Fnginx.request"
				}
				return stream
			},
			Lines: func(limit int) []container.Line { return container.Newest(dir, limit) },
		})
	}
	return all, err
}

// regionOf is where a project's application runs.
func (s *Server) regionOf(project string) string {
	r, _ := s.Region(project)
	return r
}
