package server

// Routes lists the API as METHOD /path, for the matrix.
func Routes() []string { return routesOf(new(server)) }

// OlderRoutes lists what the old generation has.
func OlderRoutes() []string { return routesOf(&server{older: new(older)}) }

func routesOf(s *server) []string {
	var all []string
	for _, r := range s.routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}
