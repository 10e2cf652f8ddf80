package server

// Routes lists the API as METHOD /path, for the matrix.
func Routes() []string {
	var all []string
	for _, r := range new(server).routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}
