# Copyright: (c) 2026, the nogcc.wheelhouse authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The demo's application: a page of products from a MariaDB database.

``SHOP_DATABASE`` in the environment is the URL of the database, such as ``mysql://user:password@host/name``.
"""
import os
import platform

import flask
import MySQLdb._mysql
import sqlalchemy

app = flask.Flask(__name__)
database = sqlalchemy.create_engine(os.environ.get("SHOP_DATABASE", "mysql://localhost/shop"), pool_pre_ping=True)


def products():
    """Return the rows: id, name, price."""
    with database.connect() as connection:
        return connection.execute(sqlalchemy.text("SELECT id, name, price FROM products ORDER BY id")).all()


@app.get("/")
def page():
    """The products, and where they were rendered with which driver."""
    return flask.render_template("page.html", products=products(), host=platform.node(), driver=MySQLdb._mysql.__file__)


@app.get("/health")
def health():
    """Healthy means: the database answers."""
    return {"products": len(products())}
