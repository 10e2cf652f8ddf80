import {
  to = machineid_project.shop
  id = "webshop"
}
