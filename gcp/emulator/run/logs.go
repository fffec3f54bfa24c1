package run

import (
	"path/filepath"

	"github.com/gcpdeploy/gcpdeploy/gcp/emulator/container"
)

// logOf is the log of a revision.
func (s *Server) logOf(svc *service, revision string) container.Log {
	return container.Log(filepath.Join(s.cfg.Dir, "logs", svc.loc.project, svc.loc.location, svc.id, revision+".log"))
}

// Logged gives the full names of a project's services that have a log.
func (s *Server) Logged(project string) (names []string, err error) {
	dirs, err := filepath.Glob(filepath.Join(s.cfg.Dir, "logs", project, "*", "*"))
	for _, d := range dirs {
		location, service := filepath.Split(d)
		names = append(names, "projects/"+project+"/locations/"+filepath.Base(location)+"/services/"+service)
	}
	return names, err
}

// Logs gives the newest lines of a service by its full name, at most limit, all
// revisions together, oldest line first. The logs of a deleted service stay until
// Purge.
func (s *Server) Logs(service string, limit int) ([]container.Line, error) {
	l, id, err := parseService(service)
	if err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(s.cfg.Dir, "logs", l.project, l.location, id, "*.log"))
	if err != nil {
		return nil, err
	}
	return container.Newest(files, limit), nil
}
