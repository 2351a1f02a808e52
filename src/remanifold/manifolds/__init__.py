"""manifolds"""
