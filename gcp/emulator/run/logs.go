package run

import (
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// logOf is the log of a revision.
func (s *Server) logOf(svc *service, revision string) container.Log {
	return container.Log(filepath.Join(s.cfg.Dir, "logs", svc.loc.project, svc.loc.location, svc.id, revision+".log"))
}

// Written is what a project's services wrote.
func (s *Server) Written(project string) (all []container.Written, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.cfg.Dir, "logs", project, "*", "*"))
	for _, dir := range dirs {
		location, service := filepath.Split(dir)
		all = append(all, container.Written{
			Kind: "cloud_run_revision", Revision: "revision_name",
			Labels: map[string]string{"project_id": project, "service_name": service, "location": filepath.Base(location), "configuration_name": service},
			Log: func(stream string) string {
				if stream == container.System {
					stream = "varlog%2Fsystem"
				}
				return "run.googleapis.com%2F" + stream
			},
			Lines: func(limit int) []container.Line { return container.Newest(dir, limit) },
		})
	}
	return all, err
}

// Logs gives the newest lines of a service by its full name, at most limit, all
// revisions together, oldest line first. The logs of a deleted service stay until
// Purge.
func (s *Server) Logs(service string, limit int) ([]container.Line, error) {
	l, id, err := parseService(service)
	if err != nil {
		return nil, err
	}
	return container.Newest(filepath.Join(s.cfg.Dir, "logs", l.project, l.location, id), limit), nil
}
